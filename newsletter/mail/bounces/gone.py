"""What servers say when a recipient or a domain is gone for good, and what leaves it open.

Same form and rule as in phrases.py: (reason, pattern), tried in this order, after those.
"""

from newsletter.mail.bounces.phrases import Reason

WHO = (
    r"(?:user(?:'s)?(?: ?name| ?id)?|recipient|mail ?box|mail ?drop|e-?mail(?: address"
    r"| account)?|address(?:ee)?|account|person|alias"
    r"|local part|login|member|customer|subscriber|inbox|identity|forward[- ]?path|rcpt(?: to)?)"
)
NOT_THERE = (
    r"(?:does ?n[o']?t (?:currently )?exist|do(?:es)? not exist|not exist(?:ing)?|non-?exist\w*"
    r"|doesnt exist|unknown|not known"
    r"|not found|could ?n[o']?t be found|cannot be found|can't be found|was ?n[o']?t found"
    r"|not (?:be )?listed|invalid"
    r"|not (?:a )?valid|no longer (?:valid|exists?|available|on (?:this )?server|active|in use"
    r"|accept\w*)"
    r"|not (?:recogni[sz]ed|our customer|available|present|here|registered|defined|in (?:the "
    r"|our )?(?:directory"
    r"|database|system)|accepted|ok\b|local)|is n[o']?t (?:here|valid|known)|unavailable"
    r"|un ?avail\w*|incorrect|wrong"
    r"|undefined|unrouteable|unroutable|removed|deleted|cancell?ed|closed|illegal|not part of"
    r"|is absent|not handled)"
)
GONE: tuple[tuple[Reason, str], ...] = (
    (
        Reason.NO_MAIL,
        r"system not accepting network messages|null mx|nullmx|(?:host|domain|server|system"
        r"|machine|site|host/domain)[^.\n]{0,40}(?:does|do|did|will) ?(?:not|n't)"
        r" (?:accept|receive|take|handle) (?:any )?(?:e-?mail|mail|messages)|reject all mail"
        r"|no route for current request"
        r"|(?:recipient|domain)[^.\n]{0,30}does not accept (?:any )?e?-?mail"
        r"|mail receiving disabled|(?:no|non) (?:valid )?mx record"
        r" found for domain|smtp (?:service )?not (?:offered|available here)"
        r"|name server: \.: host not found|has no mail exchanger",
    ),
    (
        Reason.MOVED,
        r"(?:has|have) (?:been )?moved|address (?:has )?changed|no longer (?:with|works? (?:for"
        r"|at|here)|employed|at this)"
        r"|recipient no longer on server|replaced by user|user not local; please try"
        r"|new address is|mailbox moved|user has left",
    ),
    (
        Reason.UNKNOWN_HOST,
        r"(?:host|domain|site|mail ?server)(?: ?name| or domain name| part"
        r"| literal)?[^.\n]{0,50}(?:not found|unknown|does not exist|doesn'?t exist"
        r"|not exist|is ?n[o']?t (?:valid|known|reachable)|not known|invalid"
        r"|could not be (?:found|resolved)|couldn'?t be found|cannot be found"
        r"|is not reachable|unresolvable|is unknown|must have (?:a|an) (?:valid )?mx|must exist"
        r"|no mail exchangers?)"
        r"|(?:unknown|no such|invalid|non-?existent|illegal|bad|unresolvable|undefined) (?:host"
        r"|domain|mail ?host|mail domain|site"
        r"|destination domain|recipient domain|destination system)|domain name not found"
        r"|nxdomain|name or service not known"
        r"|couldn'?t find any host|host unknown|unroutable mail domain|unrouteable mail domain"
        r"|(?:no|any) (?:mx|a|dns)"
        r"(?:/a|,? (?:or|nor) (?:a|aaaa))? records?"
        r"|no mx found|all relevant mx records point to non-?existent|bad destination host"
        r"|all (?:host )?address lookups failed|an? mx or srv record indicated no smtp"
        r"|hostnotfound|ホスト[^\n]{0,10}見つかりません",
    ),
    (
        Reason.UNKNOWN_USER,
        rf"\b{WHO}\b[^\n]{{0,90}}?\b{NOT_THERE}|(?:unknown|no such|invalid|non-?exist\w*"
        rf"|unrecogni[sz]ed|bad|undefined|incorrect|nonexisting"
        rf"|wrong|no valid|not a valid|not a known|no|unrouteable|unroutable|unavailable"
        rf"|ambiguous|illegal|unknown or illegal"
        rf"|inexistent|disallowed|not an active) (?:or (?:invalid|inactive|illegal|unknown"
        rf"|disabled|ambiguous) )?(?:virtual |local |destination |mail |e-?mail |envelope |smtp "
        rf"|internet |forwarding |delivery |x\.400 |originator/)?{WHO}"
        r"|is n(?:o|')t (?:a )?(?:valid|known|an? active|currently|our|on this"
        r"|listed)[^.\n]{0,40}(?:user|mailbox|address|recipient|account|name)"
        r"|unknown (?:to|at|here|in|local|virtual|alias|user|rcpt|local-?part)\b|no (?:mail ?box"
        r"|account|user|one|person|such) (?:here )?(?:by|at|with|there|of|exists|available|here"
        r"|is|for)"
        r"|user ?unkn?own|unrecogni[sz]ed[- ]?or-?name|bad-?or-?name|final delivery user"
        r"|no valid recipients|user_unknown|unknown_user|nosuchuser|recip(?:ient)?notfound"
        r"|recipnotfound|resolver\.adr|badrecipient|unknown(?:recipient| rcpt)"
        r"|bad rcpt ?to|badrcptto|badrecipientto|validrcptto|not in my (?:validrcptto"
        r"|rcpthosts list of users)|envelope recipient"
        r"|no[- ]?mailbox|not? (?:match|deliver to)[^.\n]{0,20}(?:user|mailbox)"
        r"|vdeliver: invalid|nessun utente|nessuna casella|inesistente"
        r"|n'existe pas|inconnue?\b|adresse (?:d'au|invalide|inexistante)|desconocid|no existe"
        r"|inexistent[e]?\b|não existe|desconhecid|unbekannt|empf(?:ä"
        r"|ae?)nger[^.\n]{0,30}(?:nicht|unbe)"
        r"|existiert nicht|нет такого|не существует|не найден|неизвестн"
        r"|存在しません|見つかりません|あて先不明|宛先不明|不存在|找不到|user not local"
        r"|not (?:listed|found) in (?:the )?(?:public|domino|directory|name|our|address|local)"
        r"|address rejected\.?\s*(?:\[|$|\()|recipient (?:address )?rejected\.?\s*(?:\[|$|\()"
        r"|recipient address rejected: (?:access denied|unknown|invalid|undeliverable|user)"
        r"|undeliverable address|address(?:es)? (?:were|was) unknown"
        r"|destination server rejected recipients|can'?t (?:accept|deliver to) user|missing home"
        r"|this user doesn'?t have|doesn'?t have an? (?:\S+ )?account"
        r"|doesn't handle mail for (?:that|this) user"
        r"|name (?:is )?not (?:recogni[sz]ed|found|unique|listed)|check if address is correct"
        r"|no (?:longer )?such (?:person|entry|local|virtual|id|name)|unknown address"
        r"|unknown e-?mail"
        r"|mailbox (?:name|path) (?:not|is in|inval)|rcpt to[^.\n]{0,30}(?:unknown|invalid)"
        r"|cannot route to (?:the )?recipient|address could not be found|wasn'?t found at"
        r"|5\.1\.1 rejected|no se encontr|addressee unknown|user absent"
        r"|dd (?:this user|requested mail)|mail ?box (?:is )?inactive|user doesn'?t"
        r"|does ?n[o']t have an account|address rejected ~|there is no (?:one|user|such|mailbox"
        r"|account)|adresat|niet gevonden|onbekend|ukjent|okänd|ukendt",
    ),
)
# Left open: a trouble on the way, or a refusal that says nothing about the recipient.
OPEN: tuple[tuple[Reason, str], ...] = (
    (
        Reason.EXPIRED,
        r"(?:delivery|message|envelope|retry|queue|mail|timeout|transmission"
        r"|time)[^.\n]{0,40}(?:expired|timed? ?-?out|timeout exceeded|too long|delayed"
        r"|not been delivered|could not be delivered for"
        r"|still (?:being|in)|has been (?:in the queue|delayed))|retry time not reached"
        r"|been in the queue|unable to deliver in|has been delayed|will be retried"
        r"|warning message only|delayed mail|could not be delivered (?:for|within|after)"
        r"|connection (?:timed out|refused|reset)|socket error"
        r"|did not accept our requests to connect|could not (?:connect|contact)|no (?:answer"
        r"|response) from",
    ),
    (
        Reason.NETWORK,
        r"try again|lost connection|connection (?:refused|dropped|reset|closed|failed|lost)"
        r"|no route to host|unreachable|routing loop|mail (?:forwarding )?loop|loops? back"
        r"|hop count|too many hops|network"
        r"|dns (?:error|lookup|failure)|name ?service error|name server|temporary lookup"
        r"|host not responding|establish|timed out|timeout|conversation",
    ),
    (
        Reason.SYSTEM,
        r"local (?:configuration|error|problem)|configuration error|internal (?:error|server"
        r"|system)|system (?:error|failure|not accepting|config)|i/o error|read-only"
        r"|cannot (?:open|create|write|append|exec)|can't (?:open|create)"
        r"|unable to (?:append|open|write|create)|exit status|pipe to|permission denied"
        r"|command (?:died|failed|output)|procmail|mailer error|service (?:not )?(?:unavailable"
        r"|available)|transaction failed|error transferring|unexpected|operating system",
    ),
    (
        Reason.POLICY,
        r"policy|denied|reject|refus|not (?:allowed|accepted|permitted|authori[sz]ed)|block"
        r"|forbidden|prohibit|unacceptable|disallow|block",
    ),
)
