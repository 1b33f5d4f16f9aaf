"""Arabic words that the light stemmer must know, because no rule tells them from others.

All are written as `arabic.plain` writes them: without vowel signs, alef without hamza, ؤ and ئ as ء, ى as ي, but
with ta marbuta. Each table is short on purpose: it holds words of news texts and is no dictionary.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Bare, the word is a verb of news prose; with the article, or after ب ك ل, it is another word, a noun:
# حذر "warned" but الحذر "caution", قدم "presented" but القدم "the foot", علم "learnt" but العلم "the flag".
# Verbs whose noun means the same (قتل, القتل) are not here, nor are words that bare are mostly nouns (أمن, شهر).
VERBS_UNLIKE_THEIR_NOUN = _words(
    """
    حذر فجر امر علم سلم ذكر عقد قدم صرح اسر كتب عين وعد
    حضر شرع خلف قام دان وقع صدر جدد نفذ عبر حرر وصف كلف بلغ
    """
)

# These begin with a letter that looks like a proclitic but belongs to the word: وليد is not و + ليد.
# Only words whose rest may be a term of its own need to stand here.
BEGINS_LIKE_A_PROCLITIC = _words(
    """
    وليد وحيد وجود وحدة وسام وسائل وثائق وقائع وارد وعود
    ورود وفاة وزير وزراء وصول وكالة وديع وسيم وهاب وثيقة
    والد والدة واقع واضح وسط وطن وقت وقف وجه وضع وفد وفق وعد
    وعي ورق وصل وصف وقع ولد ولاية وزارة وظيفة ولاء وباء وداع وقود
    فكرة فريق فارس فوز فهد فجر فقر فصل فساد فيلم فنان
    فاعل فضاء فصائل فوائد فلسطين فرنسا فؤاد فقيه فتاة فترة فرصة
    كتاب كتابة كمال كامل كلام كبير كرة كريم كتلة كيان
    كمين كنيسة كتيبة كاتب كتائب كلمة كلاب كفاح كثير كوكب كلية
    بيان بعيد بشار بلد بلدة بلاد بلدان بنوك بريد برلين بناء
    بحار باسم بضائع بطل بدون باريس بديل بلال باب بحر بيت
    بداية بسام بصر بقاء بحث بقية بركة برد برج بنات بدر بدء بعث بكر بلاغ بغداد بلوغ بسيط
    لجنة لقاء لغة لسان لاعب لواء لبنان ليل ليبيا لاجئ لوحة لقب لحظة لمحة لحم لعبة لون لازم لطيف لعب لهجة
    """.replace("ؤ", "ء").replace("ئ", "ء")
)

# Forms that the suffix rules would make from a shorter word, but that are another word altogether.
NOT_A_FORM_OF_THE_SHORTER_WORD = _words(
    """
    لبنان سودان سلطان بحرين ايران طهران عمران حمدان زهران
    قطران كوبا نمسا سلمان نعمان
    روسيا سوريا ليبيا تركيا اسيا المانيا بريطانيا ايطاليا اسبانيا رومانيا بلغاريا البانيا صربيا كرواتيا سلوفينيا
    سلوفاكيا تشيكيا مقدونيا لاتفيا ليتوانيا استونيا اوكرانيا جورجيا ارمينيا منغوليا كوريا ماليزيا اندونيسيا
    استراليا افريقيا اثيوبيا اريتريا ارتريا نيجيريا ليبيريا كينيا تنزانيا غينيا غامبيا زامبيا ناميبيا موريتانيا
    كولومبيا بوليفيا بولونيا يوغوسلافيا سيبيريا كاتالونيا كتالونيا بافاريا كاليفورنيا طبريا داريا
    رئيسي رئيسية مسؤولية عملية عمليات عملة عملات مدرسة مكتبة كتابة كلية جامعة حالات شرطة
    حربي امني فني قوات حرية جمعية قضية هوية دينا دينار
    ديوان عنوان ميدان حيوان ميزان نيران بيان قران فرقان طيران
    جيران شيطان انسان عثمان سكان مكان زمان خان دخان لسان فنان يونان عدوان سرطان بركان طوفان رمضان شعبان
    دولي دوليا حاليا ثانيا عاليا بيتا بيتي بنت بنات اولي
    اولا اخري حدود شهرة مالي مالية ماليا علمي علمية علنا
    صحيفة سيارة سيدة سيدي مسيرة نفقات درجات دورات جنين حنين
    يقين عين طين دين سنين حسين ياسين ستين لينا لينين
    كوسوفو مركزي مركزية مركبة محلية حجة نهائي نهاية بداية دولار دولة
    """.replace("ؤ", "ء").replace("ئ", "ء")
)
