"""Words that say nothing of which event a report is about: every second report of the day holds them.

Written by hand in the languages that the watch topics are judged in: words of grammar, the verbs and nouns of
reporting, counting and official life, and the names that stand in reports of every kind (great powers, their
capitals, heads of state and spokesmen, agencies, days and months). A name that is missing here makes two reports a
little more alike; one too many makes a follow-up a little harder to see.
"""

ENGLISH = """
a about above according across added after again against ago all almost along already also although am amid among
an and announced another any appeared are area around as ask asked at authorities away back be became because
become been before began behind being believed between both broke but by called came can case chief city claimed
close come comes comment condition confirmed could country county daily day days declared declined denied described
despite did didn different do does doesn don down due during each early earlier either end enough even evening
event ever every expected far few fight find first five follow followed following for former found four from front
full further gave general get give given go going good government governor got group had half has have having he
head held her here high him himself his hold home hour hours house how however hundred hundreds i if in including
incident increased information into is issued it its itself joined just known large largest last late later latest
lawmaker lead leader least led left less like likely line little local long look made main major make man many may
mayor means meanwhile media meeting member members men message might million billion minister ministry minute
minutes month monthly months more morning most mr mrs much must name named near nearby nearly need never new news
next night nine no nor not note noted nothing now number of off offer office official officials old on once one
only open or order other others our out over own part past people per percent person place plan planned plans point
police policy possible posted president press previous probably prompted public put quoted quickly quoting ran
range reach read reason received recent regional region related release remain remained repeated report reported
reportedly reporter reporters response result return right said same saw say saying says scene second secretary
security see seen sent service services set seven several she should show showed side similar since site situation
six small so some someone soon source sources south southern speak spoke spokesman spokesperson spokeswoman staff
start started state stated statement states still stop such suggested support taken take talk tell ten than that
the their them themselves then there these they thing think third this those though thousand thousands three
through time times to today together told too took top toward town tried turned two under unknown until up updated
us use used very video view visit wanted warned warning was way we week weekend weeks well went were western what
when where whether which while who whole whom whose why will with within without woman word words work worked world
would year years yesterday yet you young eastern northern north east west attack attacked attackers attacks alert
threat threats plot killed kill killing dead death deaths died wounded injured victims accused aged air aircraft
airport army arrest arrested attacker base blast bomb bombing bombs building buildings bus car charge charged
children church citizen citizens civilian civilians court crowd damage damaged defences destroyed detained drone
drones embassy emergency evacuated evidence explosion explosions explosive explosives family families fighter
fighters fire fired fled force forces gun gunman gunmen guard hit hospital hospitals hotel injuries intelligence
investigation investigators job lawyer military missile missiles mission mourning network operation patrol planning
prosecutor prosecutors rebel rescue rescuers resident residents road rocket school schools serviceman servicemen
shooting shot soldier soldiers strike strikes struck suspect suspected suspects terror terrorism terrorist
terrorists travel troops war weapon weapons hall street square stadium centre center university park island
director commissioner chancellor executive judge attorney
"""

ENGLISH_NAMES = """
america american americans us usa united states kingdom uk britain british england european europe eu france french
germany german russia russian russians moscow kremlin soviet ukraine ukrainian ukrainians kyiv kiev washington
london paris berlin beijing china chinese iran iranian israel israeli nato un nations islamic isis isil daesh white
house congress senate state department defence defense foreign interior justice putin vladimir zelenskiy zelensky
zelenskyy volodymyr biden joe trump donald peskov dmitry kirby john zakharova maria lavrov sergei macron scholz
reuters ap associated afp bbc cnn abc tass ria interfax telegram twitter facebook x youtube monday tuesday
wednesday thursday friday saturday sunday january february march april may june july august september october
november december jan feb mar apr aug sept sep oct nov dec gmt et am pm god mr mrs ms dr minister president
governor mayor embassy ministry police fbi cia security council
"""

RUSSIAN = """
а без более больше был была были было быть в вам вас весь во вокруг вот время все всего всех всё вы где год года
годы году да даже два две день деле для до должен другие другой его ее ей ему если есть еще ещё ею же за здесь и из
или им ими их к как какой когда которая которого которое которой которую которые который которых кто ли либо лишь
между меня мне много может можно мой мы на над надо нам нас наш не него нее ней нельзя нет ни них но ну о об один
одна одно около он она они оно от очень первый перед по под позже пока после потом почти при про против раз рядом с
сам сама сами своей своего свои свой свою себе себя сейчас со среди считает так также такие такой там тем то того
тоже той только том тот три ту тут ты тысяч у уже хотя человек человека людей люди чем через четверо четыре что
чтобы эта эти этим это этого этой этом этот эту я сообщил сообщила сообщили сообщает сообщило сообщается рассказал
рассказала рассказали заявил заявила заявили заявило отметил отметила отметили подчеркнул добавил добавила уточнил
уточнила уточнили пояснил сказал сказала сказали говорит говорится написал написала передает передаёт данные данным
словам слова ранее накануне вечером утром ночью ночь днем днём час часа часов минут сутки суток неделя неделе
недели месяц месяца понедельник вторник среда среду четверг пятницу пятница субботу суббота воскресенье январь
января февраль февраля март марта апрель апреля май мая июнь июня июль июля август августа сентябрь сентября
октябрь октября ноябрь ноября декабрь декабря область области край края республика республики район районе района
город города городе страна страны стране власти глава главы губернатор губернатора мэр мэра министр министра
министерство президент президента правительство представитель официальный пресс служба службе ведомство ведомства
ведомстве комитет комитета суд суда дело дела следствие следствия сотрудник сотрудники местные жители жителей
граждане граждан гражданам место месте результате ходе связи причина предварительным предварительно источник
источники агентство новости сайт сайте телеграм канал канале сообщение сообщения информация информации заявление
заявления решение работа работы помощь часть несколько новый новые тысячи миллион миллионов млн млрд процентов
рублей погиб погибли погибших погибшие ранены раненых пострадал пострадали пострадавших нападение нападения теракт
теракта теракте атака атаки атаковали взрыв угроза угрозы угрозе предупреждение предупредил предупредило автомобиль
аэропорт беспилотник беспилотники беспилотников боевики больница больнице больницу бомба взрывы водитель возбудили
возгорание военные врачи группировка дом дома домов дрон дроны дронов женщина женщину жертва жертв задержали
задержан задержаны здание здания избегать квартиры массовый мероприятие мероприятия мероприятий министров мирные
нападавшие напали обвиняемый обломки обстрел огонь оружие охрана очевидцы пожар пожара полиция полицейский
посольство посольства подозреваемый подозреваемых приостановил призвал ракета ракеты рейсов рекомендации режим сила
силы следователи средства сотрудников семья семьям террорист террористов терроризм уголовное уголовного удар удары
уничтожены уничтожили уничтожении число числа школа школы возле второй вторая двое трое первая пятеро шестеро назад
вновь снова вместе внутренних готов готовы дан даны десятки появился появилось появились объявил объявила объявлен
объявлена объявили отменил отменили отменены визит назвал назвала назвали взял взяла взяли начал начала начали
начались начался приехал приехали пришел пришли произошел произошло произошли находится находятся остался остаются
остается остановили стал стала стало стали станет обещал пообещал попросил попросила просил просит просят поручил
призвали принял приняли принято получил получила получили провел провели пройдет прошел прошла прошли решил решила
решили сделал сделали считают узнал указал утверждает утверждают хочет хотят будут будет могут нужно следует связан
связано отношении отношений причиной причины предварительная предварительной версия версии общий общая общей общего
полный части крупный крупная крупнейший большой большая важный главный главная ближайшие ближайший последний
последние прошлый прошлого следующий следующая неизвестно неизвестные нынешний возможный возможные возможных
вероятно необходимо действия действий ситуация ситуации вопрос вопросы группа группы член члены участник участники
житель иностранный иностранных холл зал зала улица улице площадь площади центр сити центре стадион гостиница
гостинице гостиницы проспект завод порт порту дорога трасса шоссе подтвердил подтвердили опроверг прокомментировал
ответил ответили напомнил напомнили предложил предложили выступил потребовал потребовали пожаловался мужчина
мужчины мужчин ребенок дети детей тело тела помощи тяжелом состоянии доставили доставлены пишет писал
"""

RUSSIAN_NAMES = """
россия россии россию россией российский российская российские российских рф москва москвы москве московский кремль
кремля украина украины украине украинский украинские украинских киев киева сша америка американский американские
американцев вашингтон великобритания лондон германия франция европа европейский евросоюз ес нато оон китай иран
израиль исламское государство игил путин путина путину владимир зеленский байден джо трамп песков дмитрий захарова
мария лавров сергей тасс риа интерфакс рбк reuters мид мвд мчс фсб минобороны ск следственный национальный белый
дом госдума дональд александр пво
"""

ARABIC = """
في من على إلى عن مع أن إن أنه أنها إنه إنها لا ما لم لن قد كان كانت كانوا يكون تكون هذا هذه ذلك تلك التي الذي الذين
اللذين اللتين هو هي هم هناك هنا ثم أو أي كل بعض غير بين بعد قبل عند حتى منذ خلال حول ضد دون سوى إلا إذا لو لكن بل
كما حيث حين عندما بينما فيما مما ممن عما أيضا فقط جدا أكثر أقل نحو قرب أمام وراء تحت فوق داخل خارج ضمن عبر بسبب
بحسب حسب وفق وفقا إثر عقب رغم مثل نفس نفسه نفسها ذاته أحد إحدى واحد واحدة اثنين اثنان ثلاثة ثلاث أربعة أربع خمسة
خمس ستة ست سبعة سبع ثمانية ثماني تسعة تسع عشرة عشر عشرات مئة مئات ألف آلاف مليون ملايين مليار مليارات أول أولى ثان
ثاني ثانية ثالث آخر آخرون آخرين أخرى جديد جديدة كبير كبيرة كثير كثيرا عدد عدة قليل مزيد معظم جميع نصف جزء لدى لديه
لديها لهم له لها به بها فيه فيها منه منها عنه عليه عليها إليه إليها بأن لأن وأن ليس ليست قال قالت قالوا يقول تقول
أضاف أضافت أعلن أعلنت أكد أكدت ذكر ذكرت أفاد أفادت أوضح أوضحت أشار أشارت صرح كشف كشفت نقل نقلت وصف تحدث تحدثت رأى
اعتبر جاء جاءت أعرب دعا دعت طلب طلبت أبلغ أصدر أصدرت نشر نشرت كتب علق شدد توقع بيان بيانا تصريح تصريحات تقرير
تقارير خبر أخبار أنباء وكالة وكالات موقع موقعه صحيفة مصدر مصادر مسؤول مسؤولون مسؤولين متحدث المتحدث باسم الناطق
معلومات معلومة رئيس رئيسة الرئيس وزير وزارة الوزير حكومة حاكم محافظ عمدة مدير قائد سلطات السلطات شرطة الشرطة جهاز
أجهزة قوات قوة أمن أمني أمنية مجلس لجنة هيئة إدارة دولة دول دولي دولية بلد بلاد مدينة مدن منطقة مناطق محافظة إقليم
عاصمة قرية مكان جنوب شمال شرق غرب جنوبي شمالي شرقي غربي وسط يوم أمس اليوم غدا صباح مساء ليل ليلة فجر ساعة ساعات
دقيقة دقائق أسبوع أسابيع شهر أشهر عام عاما أعوام سنة سنوات السبت الأحد الاثنين الثلاثاء الأربعاء الخميس الجمعة
يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر كانون شباط آذار نيسان أيار حزيران تموز
آب أيلول تشرين الماضي الماضية المقبل المقبلة الجاري الحالي شخص شخصا أشخاص رجل رجال مواطن مواطنين رعايا سكان مدني
مدنيين ناس عملية عمليات وضع حالة حادث حادثة قضية سبب نتيجة هدف تم يتم جرى يجري أدى أسفر أسفرت وقع وقعت استمرار قام
حدث يمكن يجب ينبغي كيلومتر كيلومترا متر مترا نار قتل قتلى قتيل قتيلا مقتل جرح جريح جرحى أصيب إصابة مصاب مصابين
ضحايا هجوم هجمات هجوما تفجير انفجار تهديد تحذير حذر حذرت تنبيه خطر إرهاب إرهابي إرهابية مسلح مسلحون مسلحين استهداف
محتمل محتملة أسقط أسقطت إطلاق اعتقال اعتقل انتحاري اندلع اندلعت أوقف أوقفت بحث بوابة بيت بيوت تجمع تجمعات توقيف جوي
جوية جيش حريق حشد حشود حفل حفلات دعم دفاع دفاعات سفر سيارة سيارات شارع شاحنة شركة صاروخ صواريخ صاروخية ضرب ضربة
طائرة طائرات طريق طرق طفل أطفال عائلة عائلات غارة فتح قصف كنيس كنيسة متهم متفجرات محكمة مخطط مدرسة مدارس مستشفى
مسيرة مسيرات مشتبه مطار مبنى مباني منزل منازل منشآت منفذ مهاجم مهاجمون نيران نقطة وشيك وشيكة وفاة توفي ينقل تحقيق
محقق محققون حرب حدود خطة خطط خططا رعاياها رعاياهما مواطنيها تسبب تسببت وجه وجهت تقدم حث حثت مرارا تكرارا فورا
تفاصيل طبيعة لديهم يتعين طالب طالبت أية أنهم أنهما كونها كونه رسمي رسمية ردا تعليق يرون يرى مؤشر مؤشرات ضروري ضرورة
ضروريا يحظى اهتمام خاص خاصة معروف معروفة يسمى تسمى حقيقة حاول حاولت محاولة محاولات مساعدة منع علم بذلك لذلك مضيفا
مضيفة قائلا قائلة موضحا مشيرا مؤكدا أرسل أرسلت مكتوب كيف لماذا ماذا متى أين فيديو صورة صور مقطع مقاطع مصور مصورة
واضح واضحة قناة قنوات علني علنية سري سرية سعى سعت إبلاغ إعلان إعلام وسائل تفيد بنقل جانب طرف أطراف مسألة أمر أمور
شأن بشأن إطار صعيد مستوى شكل مجال نحن أنا أنت إنما ربما سوف كذلك هكذا مازال مازالت زال تزال يزال أصبح أصبحت بات
باتت ظل ظلت بدأ بدأت استمر انتهى عاد عادت وصل وصلت خرج دخل ترك أخذ أجرى أجرت قدم قدمت تلقى شارك شهد شهدت تعرض تعرضت
تمكن اضطر قرر قررت وافق رفض رفضت نفى نفت انتقد اتهم اتهمت هدد حمل ألقى عقد عقدت ناقش درس متابعة مراقبة تعاون تنسيق
علاقة علاقات مرحلة فترة مدة موعد لحظة مرة مرات وقت أوقات زمن سابق سابقا سابقة لاحق لاحقا قريب قريبة بعيد حالي حاليا
راهن مختلف مختلفة عامة رئيسي رئيسية أساسي مهم مهمة خطير خطيرة قوي كامل كاملة متوافر متاح واسع طويل طويلة عال مرتفع
شديد مجهول مجهولون عشرون ثلاثون أربعون خمسون ستون سبعون ثمانون تسعون ولم ومن وهو وهي ولا وفي وما ولن وقد وعن لكنه
لكنها دعوة نداء تجنب ابتعاد مغادرة غادر احتمال إحباط حصيلة قانون قرار زيارة اجتماع اتفاق برنامج فريق
"""

ARABIC_NAMES = """
روسيا روسي روسية الروسي الروسية الروس موسكو الكرملين أوكرانيا أوكراني أوكرانية كييف أميركا أمريكا أميركي أمريكي
أميركية أمريكية أميركيين أمريكيين الولايات المتحدة واشنطن بريطانيا بريطاني بريطانية لندن فرنسا فرنسي باريس ألمانيا
ألماني برلين أوروبا أوروبي الاتحاد الأوروبي الصين إيران إيراني إيرانية طهران إسرائيل إسرائيلي الأمم الناتو داعش
تنظيم الدولة الإسلامية بوتين فلاديمير زيلينسكي فولوديمير بايدن ترامب بيسكوف دميتري كيربي جون زاخاروفا ماريا لافروف
سيرغي ماكرون البيت الأبيض القومي الخارجية الداخلية الدفاع الاتحادي الفدرالي الأمن الاستخبارات استخبارات رويترز تاس
فرانس برس أسوشيتد سكاي نيوز تلغرام تويتر فيسبوك إكس سفارة السفارة
"""
