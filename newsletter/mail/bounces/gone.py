"""What servers say when a recipient or a domain is gone for good, and what leaves it open.

Same form and rule as in phrases.py: (reason, pattern), tried in this order, after those.
"""

from newsletter.mail.bounces.phrases import Reason

WHO = (
    r"(?:user(?:'s)?(?: ?name| ?id)?|recipient|mail ?box|mail ?drop|e-?mail(?: address| account)?|address(?:ee)?|account|person|alias"
    r"|local part|login|member|customer|subscriber|inbox|identity|forward[- ]?path|rcpt(?: to)?)"
)
NOT_THERE = (
    r"(?:does ?n[o']?t (?:currently )?exist|do(?:es)? not exist|not exist(?:ing)?|non-?exist\w*|doesnt exist|unknown|not known"
    r"|not found|could ?n[o']?t be found|cannot be found|can't be found|was ?n[o']?t found|not (?:be )?listed|invalid"
    r"|not (?:a )?valid|no longer (?:valid|exists?|available|on (?:this )?server|active|in use|accept\w*)"
    r"|not (?:recogni[sz]ed|our customer|available|present|here|registered|defined|in (?:the |our )?(?:directory"
    r"|database|system)|accepted|ok\b|local)|is n[o']?t (?:here|valid|known)|unavailable|un ?avail\w*|incorrect|wrong"
    r"|undefined|unrouteable|unroutable|removed|deleted|cancell?ed|closed|illegal|not part of|is absent|not handled)"
)
GONE: tuple[tuple[Reason, str], ...] = (
    (
        Reason.NO_MAIL,
        r"system not accepting network messages|null mx|nullmx|(?:host|domain|server|system|machine|site|host/domain)[^.\n]{0,40}(?:does|do|did|will) ?(?:not|n't)"
        r" (?:accept|receive|take|handle) (?:any )?(?:e-?mail|mail|messages)|reject all mail|no route for current request"
        r"|(?:recipient|domain)[^.\n]{0,30}does not accept (?:any )?e?-?mail|mail receiving disabled|(?:no|non) (?:valid )?mx record"
        r" found for domain|smtp (?:service )?not (?:offered|available here)|name server: \.: host not found|has no mail exchanger",
    ),
    (
        Reason.MOVED,
        r"(?:has|have) (?:been )?moved|address (?:has )?changed|no longer (?:with|works? (?:for|at|here)|employed|at this)"
        r"|recipient no longer on server|replaced by user|user not local; please try|new address is|mailbox moved|user has left",
    ),
    (
        Reason.UNKNOWN_HOST,
        r"(?:host|domain|site|mail ?server)(?: ?name| or domain name| part| literal)?[^.\n]{0,50}(?:not found|unknown|does not exist|doesn'?t exist"
        r"|not exist|is ?n[o']?t (?:valid|known|reachable)|not known|invalid|could not be (?:found|resolved)|couldn'?t be found|cannot be found"
        r"|is not reachable|unresolvable|is unknown|must have (?:a|an) (?:valid )?mx|must exist|no mail exchangers?)"
        r"|(?:unknown|no such|invalid|non-?existent|illegal|bad|unresolvable|undefined) (?:host|domain|mail ?host|mail domain|site"
        r"|destination domain|recipient domain|destination system)|domain name not found|nxdomain|name or service not known"
        r"|couldn'?t find any host|host unknown|unroutable mail domain|unrouteable mail domain|(?:no|any) (?:mx|a|dns)"
        r"(?:/a|,? (?:or|nor) (?:a|aaaa))? records?|all relevant mx records point to non-?existent|bad destination host"
        r"|all (?:host )?address lookups failed|an? mx or srv record indicated no smtp|hostnotfound|ホスト[^\n]{0,10}見つかりません",
    ),
    (
        Reason.UNKNOWN_USER,
        rf"\b{WHO}\b[^\n]{{0,90}}?\b{NOT_THERE}|(?:unknown|no such|invalid|non-?exist\w*|unrecogni[sz]ed|bad|undefined|incorrect|nonexisting"
        rf"|wrong|no valid|not a valid|not a known|no|unrouteable|unroutable|unavailable|ambiguous|illegal|unknown or illegal"
        rf"|inexistent|disallowed|not an active) (?:or (?:invalid|inactive|illegal|unknown|disabled|ambiguous) )?(?:virtual |local |destination |mail |e-?mail |envelope |smtp |internet |forwarding |delivery |x\.400 |originator/)?{WHO}"
        r"|is n(?:o|')t (?:a )?(?:valid|known|an? active|currently|our|on this|listed)[^.\n]{0,40}(?:user|mailbox|address|recipient|account|name)"
        r"|unknown (?:to|at|here|in|local|virtual|alias|user|rcpt|local-?part)\b|no (?:mail ?box|account|user|one|person|such) (?:here )?(?:by|at|with|there|of|exists|available|here|is|for)"
        r"|user ?unkn?own|user_unknown|unknown_user|nosuchuser|recip(?:ient)?notfound|recipnotfound|resolver\.adr|badrecipient|unknown(?:recipient| rcpt)"
        r"|bad rcpt ?to|badrcptto|badrecipientto|validrcptto|not in my (?:validrcptto|rcpthosts list of users)|envelope recipient"
        r"|no[- ]?mailbox|not? (?:match|deliver to)[^.\n]{0,20}(?:user|mailbox)|vdeliver: invalid|nessun utente|nessuna casella|inesistente"
        r"|n'existe pas|inconnue?\b|adresse (?:d'au|invalide|inexistante)|desconocid|no existe|inexistent[e]?\b|não existe|desconhecid|unbekannt|empf(?:ä|ae?)nger[^.\n]{0,30}(?:nicht|unbe)"
        r"|existiert nicht|нет такого|не существует|не найден|неизвестн|存在しません|見つかりません|あて先不明|宛先不明|不存在|找不到|user not local"
        r"|not (?:listed|found) in (?:the )?(?:public|domino|directory|name|our|address|local)|address rejected\.?\s*(?:\[|$|\()|recipient (?:address )?rejected\.?\s*(?:\[|$|\()"
        r"|recipient address rejected: (?:access denied|unknown|invalid|undeliverable|user)|undeliverable address|address(?:es)? (?:were|was) unknown"
        r"|destination server rejected recipients|can'?t (?:accept|deliver to) user|missing home|this user doesn'?t have|doesn'?t have an? (?:\S+ )?account|doesn't handle mail for (?:that|this) user"
        r"|name (?:is )?not (?:recogni[sz]ed|found|unique|listed)|check if address is correct|no (?:longer )?such (?:person|entry|local|virtual|id|name)|unknown address|unknown e-?mail"
        r"|mailbox (?:name|path) (?:not|is in|inval)|rcpt to[^.\n]{0,30}(?:unknown|invalid)|cannot route to (?:the )?recipient|address could not be found|wasn'?t found at|5\.1\.1 rejected|no se encontr|addressee unknown|user absent"
        r"|dd (?:this user|requested mail)|mail ?box (?:is )?inactive|user doesn'?t|there is no (?:one|user|such|mailbox|account)|adresat|niet gevonden|onbekend|ukjent|okänd|ukendt",
    ),
)
# Left open: a trouble on the way, or a refusal that says nothing about the recipient.
OPEN: tuple[tuple[Reason, str], ...] = (
    (
        Reason.EXPIRED,
        r"(?:delivery|message|envelope|retry|queue|mail|timeout|transmission|time)[^.\n]{0,40}(?:expired|timed? ?-?out|timeout exceeded|too long|delayed|not been delivered|could not be delivered for"
        r"|still (?:being|in)|has been (?:in the queue|delayed))|retry time not reached|been in the queue|unable to deliver in|has been delayed|will be retried|warning message only|delayed mail|could not be delivered (?:for|within|after)"
        r"|connection (?:timed out|refused|reset)|socket error|did not accept our requests to connect|could not (?:connect|contact)|no (?:answer|response) from",
    ),
    (
        Reason.NETWORK,
        r"try again|lost connection|connection (?:refused|dropped|reset|closed|failed|lost)|no route to host|unreachable|routing loop|mail (?:forwarding )?loop|loops? back|hop count|too many hops|network"
        r"|dns (?:error|lookup|failure)|name ?service error|name server|temporary lookup|host not responding|establish|timed out|timeout|conversation",
    ),
    (
        Reason.SYSTEM,
        r"local (?:configuration|error|problem)|configuration error|internal (?:error|server|system)|system (?:error|failure|not accepting|config)|i/o error|read-only|cannot (?:open|create|write|append|exec)|can't (?:open|create)"
        r"|unable to (?:append|open|write|create)|exit status|pipe to|permission denied|command (?:died|failed|output)|procmail|mailer error|service (?:not )?(?:unavailable|available)|transaction failed|error transferring|unexpected|operating system",
    ),
    (
        Reason.POLICY,
        r"policy|denied|reject|refus|not (?:allowed|accepted|permitted|authori[sz]ed)|block|forbidden|prohibit|unacceptable|disallow|block",
    ),
)
