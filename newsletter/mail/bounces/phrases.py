"""What servers mean by their words: (reason, pattern) in the order in which they are tried.

The order is the rule. What is surely about us, our message or a passing trouble comes before what
says that the recipient is gone; vague words of refusal come last. A pattern names a meaning, with
the spellings of several servers; it never holds an address, a host or a whole message.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a mail was not delivered."""

    UNKNOWN_USER = "unknown user"
    UNKNOWN_HOST = "unknown host"
    MOVED = "moved"
    NO_MAIL = "takes no mail"
    FULL = "mailbox full"
    DISABLED = "account disabled"
    FILTERED = "filtered"
    TOO_BIG = "too big"
    RATE = "too many"
    GREYLISTED = "greylisted"
    SENDER = "sender refused"
    AUTHENTICATION = "authentication"
    RELAYING = "relaying denied"
    SPAM = "spam or content"
    BLOCKED = "blocked"
    POLICY = "policy"
    FORM = "form of the message"
    EXPIRED = "expired"
    NETWORK = "network"
    SYSTEM = "server trouble"
    UNTOLD = "not told"


HARD = frozenset({Reason.UNKNOWN_USER, Reason.UNKNOWN_HOST, Reason.MOVED, Reason.NO_MAIL})

# Surely not about whether the recipient exists.
SOFT_FIRST: tuple[tuple[Reason, str], ...] = (
    (
        Reason.FULL,
        r"(?:mail ?box|mail ?folder|mail ?drop|inbox|account|maildir|user|recipient'?s?|storage"
        r"|disk"
        r"|local|quota|boite|boîte|casella|buz[oó]n|caixa|postfach)[^.\n]{0,60}(?<!un)"
        r"(?:\bfull\b|is over|over ?-?quota|overquota|exceed|\bpleine\b|\bpiena\b|\blleno\b"
        r"|\bcheia\b|voll\b)"
        r"|over ?-?quota|quota[^.\n]{0,40}(?:exceed|full|reached|violat|d[ée]pass|superad"
        r"|[üu]berschritten)"
        r"|exceed(?:s|ed|ing)?[^.\n]{0,40}(?:quota|mailbox|storage (?:limit|allocation)"
        r"|local limit"
        r"|allowed (?:size|space)|disk space)|\b(?:out of|insufficient|not enough|no)\b"
        r"[^.\n]{0,20}\b(?:disk|storage|mailbox|file ?system|quota) ?space\b"
        r"|insufficient system storage|mailbox (?:size|limit)|too many messages"
        r" (?:in|on)[^.\n]{0,20}(?:mailbox|this box|server)|delivery failed: over|shutoffquota"
        r"|recipient storage full|no room (?:in|for)|quotaexceeded"
        r"|メールボックス[^\n]{0,12}(?:一杯|いっぱい|容量)"
        r"|容量[^\n]{0,10}(?:超|オーバー)"
        r"|переполнен|邮箱已满|box (?:is )?full|mbox[^.\n]{0,20}exceed"
        r"|error [^.\n]{0,20}mailfolder is full|message cannot fit|no space left",
    ),
    (
        Reason.GREYLISTED,
        r"gr[ea]y ?-?list|temporarily deferred|please (?:try|retry)[^.\n]{0,30}(?:later|in \d)"
        r"|intentional policy rejection, please try again|not yet authorized to deliver"
        r"|unverified (?:recipient|address)|address verification in progress"
        r"|could not be verified"
        r"|recipient verify (?:in progress|failed, try)|temporarily (?:reject|unavailable"
        r"|suspend|lock"
        r"|blocked|inactive|disabled|out of)|temporary (?:failure|lookup|error|local problem"
        r"|resources"
        r"|problem|system)|server busy|service (?:temporarily )?unavailable|try again later",
    ),
    (
        Reason.RATE,
        r"receiving mail at a rate|rate ?-?limit|too many (?:connection|recipient|session"
        r"|message|mail"
        r"|hop|concurrent|error|failure|bad|invalid|unknown|smtp|transaction|rcpt|email)s?"
        r"(?! in (?:the|this) mailbox)|(?:connection|mail|sending|message|daily|hourly|domain)"
        r" (?:rate|frequency|limit|quota|volume)[^.\n]{0,30}(?:exceed|limit|reach|over)"
        r"|maximum (?:hourly|number of (?:connections|recipients|messages))"
        r"|exceeded the (?:maximum|limit"
        r"|rate)|throttl|sent too (?:many|much)|frequency limited|per[- ](?:hour|day"
        r"|minute) (?:limit|quota)"
        r"|unusual rate|excessive (?:rate|number|connections)|daily (?:message|sending) (?:quota"
        r"|limit)"
        r"|concurrent connections|slow down",
    ),
    (
        Reason.TOO_BIG,
        r"(?:message|mail|size|letter|attachment|envelope|content|body|e-?mail)s?[^.\n]{0,50}"
        r"(?:too (?:big|large|long)|exceeds?[^.\n]{0,40}(?:size|length|limit|maximum|fixed|allow)"
        r"|size limit|larger than)|size limit|maximum (?:message |mail )?(?:size|length)"
        r"|exceeded maximum inbound message size|over[- ]?size|too large|zu gro(?:ss|ß)"
        r"|trop gros",
    ),
    (
        Reason.AUTHENTICATION,
        r"\bspf\b|\bdkim\b|\bdmarc\b|sender policy framework|sender ?-?id\b|purported responsible"
        r"|unauthenticated (?:e?mail|sender)|not (?:authenticated|authorized to send)"
        r"|authentication"
        r" (?:required|failed|check)|authenticated senders|is not allowed to send (?:mail )?from"
        r"|fails? to pass authentication|not allowed to send|\barc\b[^.\n]{0,20}fail",
    ),
    (
        Reason.RELAYING,
        r"relay(?:ing)?(?: (?:access|mail|to \S+|of mail|request"
        r"|operation))?[^.\n]{0,20}(?:denied|prohibited"
        r"|not (?:allowed|permitted|supported|accepted)|rejected|refused|forbidden)"
        r"|unable to relay"
        r"|not configured to relay|(?:cannot|can't|don'?t|do not|not|no"
        r"|insufficient permission to|won't)"
        r" relay|we do(?:n't| not) relay|relay(?:ing)? (?:is )?not|not an open relay"
        r"|isn't in my list of"
        r" allowed|is not permitted to relay|specify a user in the|mail relay|not local"
        r"|sorry, that domain"
        r"|that domain isn't|not a gateway|is not a (?:gateway|relay)|domain isn't allowed"
        r"|local use only",
    ),
    (
        Reason.SENDER,
        r"(?:sender|return[- ]path|from address|mail from|envelope from|from header|from:"
        r"|reply-to)[^\n]{0,100}"
        r"(?:reject|refus|invalid|not (?:exist|allowed|accept|permitted|valid|found|verif|in my"
        r"|match|have"
        r"|a valid)|does ?n[o']t|block|denied|unknown|unrouteable|unroutable|badly|required|must"
        r"|bad\b"
        r"|verif|cannot|could not|listed|missing|empty|no (?:a|mx)|unresolv|fail)"
        r"|(?:invalid|bad|unknown|unrouteable|unroutable|unresolvable|unverified|denied|blocked"
        r"|rejected"
        r"|null|empty|forged|no such) (?:envelope |mail )?(?:sender|from|return[- ]path)"
        r"|verify sender"
        r"|domain of sender|sender(?:'s)? domain|domain of (?:the )?(?:sender|from)|by sender"
        r"|sender is"
        r"|your (?:domain|address|e-?mail address)[^.\n]{0,60}(?:does not|is not|blocked|reject"
        r"|invalid"
        r"|no mx|must)|unresolvable domain|backscatter|bounce[sd]? (?:message|mail"
        r"|address)s? (?:is|are) not"
        r"|callback|call-?out|you are not (?:a )?(?:member|allowed|authorized|permitted"
        r"|subscribed)"
        r"|not (?:a )?member of|only (?:members|subscribers|authorized|registered"
        r"|allowed senders)"
        r"|without authorization|not authori[sz]ed to (?:send|post)|may not (?:send|post)"
        r"|google groups|notauthoriz|notauthoris|restrict(?:ed|ion)s?|permission to (?:post"
        r"|send)",
    ),
    (
        Reason.BLOCKED,
        r"reverse[- ]?(?:dns|lookup|mapping|resolution|address)|\brdns\b|\bptr\b"
        r"|hostname (?:lookup|for"
        r"|does not)|black ?-?list|block ?-?list|deny ?-?list|\brbl\b|\bdns ?[bw]l\b|dnsbl"
        r"|spamhaus|spamcop"
        r"|sorbs|barracudacentral|proofpoint|reputation|bad (?:host|ip)|blocked (?:by|using|for"
        r"|due|-|ip|\[)"
        r"|\bip\b[^.\n]{0,60}(?:block|reject|list|refus|ban|not allowed|denied)|banned"
        r"|your (?:ip|host|server"
        r"|network|mta|mail ?server|isp)\b|abuse|mail from (?:your|this) (?:ip|host|server"
        r"|network)"
        r"|(?:client|host|connection|server|access|address) (?:\S+ )?(?:is )?(?:blocked|refused"
        r"|denied by"
        r"|forbidden|not allowed)|dynamic (?:ip|address|host|range|pool)|dial ?-?up"
        r"|generic (?:host|rdns"
        r"|name)|poor|not resolv(?:e|able)|cannot (?:find|resolve) your|helo|ehlo|access from"
        r"|unfortunately,"
        r" messages from|connect(?:ion)?s? from|email blocked|blacklisted|bloqu[ée]"
        r"|rejected due to"
        r" (?:sender|security)|redundant|access to this mail system",
    ),
    (
        Reason.SPAM,
        r"\bspam\b|spam(?:my|mer|ming|assassin|score| ?filter|-)|\bube\b|\buce\b|unsolicited"
        r"|\bbulk\b"
        r"|junk ?-?(?:mail|e-?mail|filter)|phish|virus|malware|infected|trojan|worm\b"
        r"|content (?:reject"
        r"|filter|of|restrict|not|denied|viola|blocked)|message (?:content|contains|blocked"
        r"|looks|appears"
        r"|rejected (?:by|for|due|as|because|under)|filtered|refused by)|mail (?:content"
        r"|contains|rejected by"
        r"|appears)|(?:identified|classified|considered|detected|marked|tagged|flagged"
        r"|recogni[sz]ed) as"
        r"|banned (?:content|attachment|file|name)|attachment[^.\n]{0,40}(?:not|block|reject"
        r"|prohib)"
        r"|header[s]? (?:error|reject|contain|not)|bad header|body (?:contain|reject)|surbl"
        r"|\buri ?bl\b"
        r"|\burl\b[^.\n]{0,30}(?:list|block)|bayes|quarantin|suspicious|forbidden|prohibited"
        r"|unwanted"
        r"|blocked (?:message|content|attachment)|filter(?:ed)? (?:by|rule)|high score"
        r"|\bscored?\b",
    ),
    (
        Reason.FORM,
        r"(?:not|non)[- ]?(?:rfc|compliant|conform)|rfc ?-?\d{3,4}|duplicate header"
        r"|multiple (?:from|to|header"
        r"|address)|bare (?:lf|cr|newline)|line (?:too )?long|8 ?-?bit|smtputf8"
        r"|illegal (?:character|header"
        r"|8)|(?:missing|invalid|malformed|no|non-?unique) (?:message-?id|date|from|header"
        r"|subject|mime|to:)"
        r"|syntax error|protocol (?:error|violation)|command (?:not|unrecogni|rejected|out of)"
        r"|bad sequence"
        r"|unsupported|mime (?:type|error)|conversion|not implemented|encoding",
    ),
)

# The mailbox is there, and shut.
SHUT: tuple[tuple[Reason, str], ...] = (
    (
        Reason.DISABLED,
        r"(?:account|mail ?box|user|recipient|address|destinataire|e?mail account|compte"
        r"|subscriber|owner)"
        r"[^.\n]{0,70}(?:disabled|suspend|deactivated|de-activated|inactive|frozen|locked"
        r"|terminated"
        r"|blocked|archiv|expired|not active\b|dormant|closed for|discontinued|bloqu|désactiv"
        r"|deaktiviert"
        r"|gesperrt|not been activated|not activated|restricted|on hold|unpaid)"
        r"|(?:disabled|suspended|deactivated|inactive|locked|frozen|dormant|expired) (?:account"
        r"|user|mail ?box"
        r"|recipient|address)|disableduser|inactiveuser|extended inactivity"
        r"|account (?:has been )?(?:disabled"
        r"|locked|suspended)|vdelivermail: account is locked|boite[^.\n]{0,30}archiv"
        r"|vacation hold",
    ),
    (
        Reason.FILTERED,
        r"only accept(?:ing|s)? (?:mail|messages|e-?mail)? ?from|recipient(?:'s)? (?:preference"
        r"|filter|refuse[sd]?"
        r" to (?:receive|accept)|reject(?:s|ed)? (?:your|the) (?:mail|message))|user (?:refuse"
        r"|reject)|refuses? to"
        r" (?:receive|accept) (?:this|your|the) (?:mail|message|e-?mail)"
        r"|based on the email preferences"
        r"|blocked by (?:the )?(?:recipient|user|addressee)|you have been blocked|(?:rejected"
        r"|refused) (?:by"
        r" (?:the )?|due to )?(?:recipient|user|addressee)|protected by|sms e-?mail|受信拒否"
        r"|domain filter"
        r"|this account is (?:protected|private)|does not accept (?:mail|messages?) from (?:you"
        r"|this|senders)",
    ),
)
