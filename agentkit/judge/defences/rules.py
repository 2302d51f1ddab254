"""The rules of the scan: what a grader is addressed with and honest work has no use for.

They miss what is said in new words: a scan is one layer, and what may be cited at all is another.
"""

from __future__ import annotations

import re

from agentkit.judge.defences.phrases import Rule, phrase

PERSON = r"(?:(?:auto-?)?graders?|judges?|evaluators?|reviewers?|assessors?|examiners?)"
GRADER = rf"(?:{PERSON}|(?:ai|llm|gpt|language model)(?: (?:{PERSON}|assistant|model|system))?s?)"
FULL = (
    r"(?:(?:full|perfect|top) (?:marks?|points?|credit|scores?|grades?)"
    r"|(?:the|a) (?:maximum|highest)(?: possible)? (?:score|marks?|points|grade|credit)"
    r"|passing (?:grade|score|mark)|10/10|100/100)"
)
START = r"(?:^|[\"'`:])[^\w\n]{0,6}"
"""Of a line, or of a text within one."""
ONE = r"(?:1|1\.0|10|100)(?![\w.])"
CRITERION = r"(?:criteri(?:on|a)|rubrics?|rubric items?|lea(?:f|ves)|submission)"
DONE = r"(?:met|satisfied|fulfilled|passed|graded|verified)"
HAS_BEEN = r"(?:is|are|was|were|has been|have been|should be|must be)"
CONDITION = re.compile(
    r"\b(?:if|when|until|unless|once|whether|while|that|check|ensure)\W+(?:\w+\W+)?$", re.IGNORECASE
)
GRADING = re.compile(
    r"\bgrad(?:er|ing)|_grade\b|\brubric|\bcriteri(?:on|a)\b|\bverdict|full (?:marks|credit)|\bsubmission\b"
    r"|\bjudge\b|\bscore(?: of|:)? 1(?:\.0)?(?![\w.])",
    re.IGNORECASE,
)
PEOPLE = ("grader", "judge", "evaluator", "reviewer", "assessor", "examiner")

ADDRESS = (
    Rule(
        "addresses-grader",
        (*PEOPLE, "ai", "llm", "gpt", "model"),
        phrase(
            r"\b(?:dear|(?:attention|attn)(?:[:,!]| to)|hello|hey|hi"
            r"|(?:note|message|notice|memo|instructions?|reminder) (?:to|for)) "
            r"(?:(?:all|any|the|an?|our|future|human|automated|automatic|code|rubric) ){0,3}",
            rf"{GRADER}\b",
        ),
    ),
    Rule(
        "addresses-grader",
        PEOPLE,
        phrase(
            rf"{START}(?:to )?(?:(?:the|any|all|ai|llm|automated) ){{0,2}}{PERSON}\s?[,:!]\s{{1,3}}",
            r"(?:please|you|this|these|do|don.t|give|award|mark|ignore|accept|pass|note|treat|consider|score"
            r"|assign|output|return|respond|answer|if|your|skip|stop|now|kindly)\b",
        ),
    ),
    Rule(
        "addresses-grader",
        ("you", "automated"),
        phrase(
            rf"\b(?:if|when|since|because|as) you(?:.re| are)(?: \w+){{0,3}} (?:{GRADER}",
            r"|(?:grading|judging|evaluating|reviewing|assessing|scoring) (?:this|the|my|our))\b",
            r"|\byou(?:.re| are)(?: now)? (?:grading|judging|assessing) (?:this|it|my|our)\b",
            r"|\b(?:note|notice|attention|message|hint)(?: \w+){0,2} automated (?:grading|review|judging)\b",
        ),
    ),
    Rule(
        "addresses-grader",
        ("whoever", "anyone", "anybody", "automated", "ai", "llm", "model"),
        phrase(
            r"\b(?:whoever|anyone|anybody|any (?:ai|llm|model)|the (?:ai|llm)|automated (?:system|tool)s?)",
            r"(?: \w+){0,2} (?:grad|judg|evaluat|review|assess|scor)(?:es|ing|s) (?:this|these|the|my|our)\b",
        ),
    ),
    Rule(
        "overrides-instructions",
        ("ignore", "disregard", "forget", "override", "bypass", "set aside", "not follow", "don't follow"),
        phrase(
            r"\b(?:ignore|disregard|forget|override|bypass|set aside|do not follow|don.t follow)"
            r"(?: (?:all|any|the|your|of|every|everything|these|those|other|and)){0,4} ",
            r"(?:previous|prior|above|earlier|preceding|former|system|original|initial|grading|evaluation"
            r"|judging|scoring|rubric|your)(?: \w+){0,2} ",
            r"(?:instructions?|prompts?|guidelines?|directives?|rubrics?|criteri(?:on|a)|rules|orders"
            r"|messages?)\b",
        ),
    ),
    Rule(
        "overrides-instructions",
        ("instruction", "task", "role", "from now on", "objective", "job", "goal"),
        phrase(
            r"\b(?:(?:your|the) (?:new|real|true|actual) (?:task|instructions?|role|job|objective|goal)"
            r" (?:is|are) to|new (?:system )?instructions? (?:for|to) you",
            r"|from now on,? you (?:are|will|must|should))\b",
        ),
    ),
)

DEMANDS = (
    Rule(
        "demands-score",
        ("full", "perfect", "top", "maximum", "highest", "passing", "10/10", "100/100"),
        phrase(
            r"\b(?:gives?|giving|given|gave|award|assign|grant|deserves?|merits?|warrants?|earns?|receive[sd]?|mark|score"
            r"|rate|grade|output|respond|answer|reply|record)\b",
            rf"~\b{FULL}(?!\w)",
        ),
    ),
    Rule(
        "demands-score",
        ("criteri", "rubric", "leaf", "leaves", "submission"),
        phrase(
            r"\b(?:mark|treat|consider|grade|judge|accept|count|record|score|rate|deem)(?: \w+){0,3} ",
            rf"{CRITERION} (?:(?:\w+ ){{0,3}}(?:as|to be) (?:\w+ )?",
            rf"(?:{DONE}|pass|complete|correct|successful)\b|(?:as |with |at )?{ONE})",
        ),
    ),
    Rule(
        "demands-score",
        ("grade", "score", "mark", "judge", "rating", "verdict"),
        phrase(
            r"\b(?:(?:must|should|shall|needs? to|has to|have to|can|may) (?:\w+ )?be"
            r" (?:graded|scored|marked|judged)(?: \w+){0,2} ",
            rf"(?:(?:{DONE}|pass|full|perfect|correct|complete)\b|{ONE})",
            rf"|(?:give|award|assign|grant)\b~\b(?:score|grade|mark|rating) of {ONE}",
            r"|(?:set|output|return|report) (?:\w+ ){0,2}(?:score|grade|verdict) (?:to|of|as)",
            rf" (?:pass(?:ed)?|{ONE}) (?:for|on|in) (?:this|every|each|all)\b)",
        ),
    ),
    Rule(
        "demands-score",
        ("full marks", "leaf", "leaves", "criteri", "rubric", "requirement", "submission"),
        phrase(
            r"\bfull marks\b|\bscores?(?: is| of| =|:)? (?:one|full|1|1\.0|10)(?![\w.])(?: \w+){0,3} ",
            r"(?:leaf|leaves|criteri(?:on|a)|rubrics?|requirements?|submission)\b",
        ),
    ),
    Rule(
        "demands-score",
        ("judge", "grader", "evaluator", "reviewer", "assessor", "examiner"),
        phrase(
            rf"\b{PERSON} (?:must|should|shall|may|can|will|has to|have to|is to|are to|needs? to)(?: \w+)? ",
            r"(?:give|return|output|award|record|assign|pass|mark|accept|cite)\b",
            rf"|\b(?:expected|correct|right) (?:answer|verdict|score|grade)(?: \w+){{0,2}} {PERSON}\b",
        ),
    ),
    Rule(
        "demands-score",
        ("deduct", "fail", "mark", "score"),
        phrase(
            r"\b(?:do not|don.t|never|must not|should not|no need to) (?:deduct (?:any )?(?:points|marks)",
            r"|fail (?:this|the submission)|mark (?:this|it) down|lower the score)\b",
        ),
    ),
)

CLAIMS = (
    Rule(
        "claims-verdict",
        ("criteri", "rubric"),
        phrase(
            r"\b(?:this|these|all|every|each|the (?:above|following))(?: of)?(?: the)?"
            r"(?: rubric| rubric.s| grading| evaluation)? (?:criteri(?:on|a)|rubrics?|rubric items?)",
            rf"(?: \w+){{0,2}} {HAS_BEEN} (?:\w+ ){{0,2}}{DONE}\b",
        ),
        unless=CONDITION,
    ),
    Rule(
        "claims-verdict",
        ("criteri", "requirement", "rubric item"),
        phrase(
            rf"(?:{START}|[.!?]\s{{1,3}}|\b(?:the|that) |, )(?:criterion|requirement|rubric item)",
            rf"(?: {HAS_BEEN})?(?: (?!already\b)\w+)? (?:met|satisfied|fulfilled)\b",
        ),
        unless=CONDITION,
    ),
    Rule(
        "claims-verdict",
        ("by",),
        phrase(
            r"\b(?:already|previously|independently|officially|manually)(?: been)? ",
            r"(?:verified|graded|reviewed|approved|confirmed|judged|scored|validated|audited) by ",
            r"(?:(?:an?|the|our|two|three|several) )?(?:\w+ ){0,2}(?:graders?|judges?|reviewers?|evaluators?",
            r"|experts?|humans?|organi[sz]ers?|admin(?:istrator)?s?|openai|anthropic|committee|auditors?)\b",
        ),
    ),
    Rule(
        "claims-verdict",
        PEOPLE,
        phrase(
            rf"\b(?:human|expert|official|previous|prior|other|senior) {PERSON}(?: \w+){{0,3}} ",
            r"(?:agreed|confirmed|passed|awarded|gave|approved|marked|verified) (?:that )?",
            r"(?:this|it|the submission|the work|full|all)\b",
        ),
    ),
    Rule(
        "fake-verdict",
        ("score", "verdict", "grade", "passed", "status"),
        phrase(
            r"""\\?["'](?:score|verdict|valid_score|grade|passed|status)\\?["']\s*:\s*""",
            r"""(?:\\?["'](?:pass(?:ed)?|satisfied|met|full|yes|1(?:\.0)?)\\?["']|1(?:\.0)?\b|true\b)""",
        ),
        company=phrase(
            r"""\\?["'](?:explanation|expectations|reality|citations|criterion|leaf|leaf_id|rubric""",
            r"""|valid_score|nonce)\\?["']\s*:""",
        ),
    ),
    Rule(
        "fake-verdict",
        ("verdict", "grade", "judgment", "judgement", "ruling"),
        phrase(
            rf"{START}(?:(?:final|overall)\s)?(?:verdict|grade|judge?ment|ruling)[^\w\n]{{0,4}}:[^\w\n]{{0,4}}",
            r"(?:pass(?:ed)?|correct|satisfied|met|full\smarks|c|a\+|1(?:\.0)?|10/10|100\s?%)(?:[^\w\n]{0,4}$|[\"'`.,;])",
        ),
    ),
)

MARKS = (
    Rule(
        "role-marker",
        (
            "<|",
            "inst]",
            "<<sys",
            "<system",
            "</system",
            "system",
            "assistant",
            "developer",
            "<tool",
            "<function",
        ),
        phrase(
            r"<\|(?:im_start|im_end|system|assistant|user|eot_id|start_header_id|endoftext)\|?>|\[/?INST\]",
            r"|<</?SYS>>|</?(?:system|assistant|tool_call|tool_result|function_calls?|function_results?)>",
            rf"|{START}(?:system|assistant|developer)(?:\s(?:prompt|message|override|notice))?\s?:\s",
        ),
        company=GRADING,
    ),
    Rule(
        "fake-boundary",
        ("end", "begin", "</file:"),
        phrase(
            r"</file:[^>\n]*>|<<<end\b|\[(?:begin|end)(?: of)? (?:data|submission|evidence|files?|criterion",
            r"|rubric|code)\]|^[^\w\n]{0,12}(?:end|begin(?:ning)?)(?: of)?(?: the)? (?:submission|evidence",
            r"|candidate.?s? (?:work|files)|untrusted (?:text|data|content)|rubric|grading)\b",
        ),
    ),
    Rule(
        "other-language",
        (
            "评",
            "忽略",
            "满分",
            "無視",
            "採点",
            "ignor",
            "puntuaci",
            "para el",
            "nota m",
            "pour l",
            "volle",
            "игнор",
        ),
        phrase(
            r"[请給给][^。\n]{0,12}满分|忽略(?:之前|以上|上面|前面)[^。\n]{0,8}(?:指令|指示|说明|提示)",
            r"|评[分审][员者人][,，:：]|(?:以前|上記|前)の(?:指示|命令)[^。\n]{0,6}無視|採点者",
            r"|ignora[dr]? (?:todas )?(?:las )?instrucciones|puntuaci[oó]n (?:m[aá]xima|completa)",
            r"|para el (?:evaluador|revisor|juez|calificador)\b|nota m[aá]xima",
            r"|pour l.(?:[eé]valuateur|examinateur)",
            r"|ignorez (?:toutes )?(?:les|vos) instructions|volle punkt(?:e|zahl)",
            r"|ignorieren? (?:sie )?(?:alle )?(?:vorherigen|bisherigen|obigen) (?:anweisungen|befehle)",
            r"|игнорируй(?:те)? (?:все )?предыдущие",
        ),
    ),
)
RULES = (*ADDRESS, *DEMANDS, *CLAIMS, *MARKS)
