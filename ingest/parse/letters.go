package parse

// alphabet is a language by how often it uses its letters.
type alphabet struct {
	language string  // code (ISO 639-1), or several
	letters  string  // beyond ASCII, most frequent first, small ones only
	ascii    string  // likewise those of ASCII; "" for a script of its own
	charsets string  // that are used for it, most probable first
	share    float64 // of the letters beyond ASCII in running text
	prior    float64 // the logarithm of how much rarer than English such documents are
}

// alphabets are the languages that guess knows.
var alphabets = []alphabet{
	{"en", "éèáíóüñöç", "etaoinshrdlcumwfgypbvkjxqz", "windows-1252 macintosh", 0.001, 0},
	{"de", "üäößé", "enisratdhulcgmobwfkzpvjyxq", "windows-1252 macintosh ibm850", 0.018, 0},
	{"fr", "éèàêçôîûùâœïëæü", "esaitnrulodcpmvqfbghjxyzkw", "windows-1252 iso-8859-15 macintosh ibm850", 0.035, 0},
	{"es gl", "óíáéñúü", "eaosrnidlctumpbgyvqhfzjxwk", "windows-1252 macintosh ibm850", 0.025, 0},
	{"ca", "óàèéíçòúüï", "eaisrlntocdumpvgqbfhjxyzkw", "windows-1252 macintosh", 0.025, -1},
	{"pt", "ãçáéíóêõâúàô", "aeosrindmutclpvgqbfhzjxkwy", "windows-1252 macintosh ibm850", 0.04, 0},
	{"it", "èàùòìé", "eaionlrtscdupmvghfbqzkwxyj", "windows-1252 macintosh", 0.008, 0},
	{"nl", "ëéïèöü", "enatirodslghvkmubpwjczfxyq", "windows-1252 macintosh", 0.003, 0},
	{"sv", "äöåé", "eantrslidomgkvfhupcbyjxwzq", "windows-1252 macintosh ibm850", 0.045, 0},
	{"fi", "äöå", "aitneslokumvrjhpydgbcfwzxq", "windows-1252 macintosh ibm850", 0.045, 0},
	{"da no nb nn", "øåæé", "erntaisdolgkmfvubhpyjcxwzq", "windows-1252 macintosh ibm850", 0.03, 0},
	{"et", "äõüöšž", "aiestlunkdmorvgjpbhfcwyzxq", "windows-1252 windows-1257", 0.045, -2},
	{"is fo", "áðíóéöúæþý", "anriesutdlgmkfhvobpjyxcwzq", "windows-1252", 0.1, -2},
	{"pl", "łąęóżśćńź", "aioeznrwstcykdpmujlbghfqvx", "iso-8859-2 windows-1250", 0.07, -1},
	{"cs", "íáéěýžřščůúťňďó", "oeantivlskrdpmuczhyjbfgxwq", "windows-1250 iso-8859-2", 0.14, -1},
	{"sk", "áíéýžčúšľťôóňäďĺŕ", "aoeinrtsvkldmcupzhyjbgfxwq", "windows-1250 iso-8859-2", 0.12, -1},
	{"hu", "éáöóőüíúű", "etalnskrigzmdovbyjuhpfcwxq", "windows-1250 iso-8859-2", 0.13, -1},
	{"ro", "ăîțșâţş", "eiartnuclodpsmvfgbzhjxkyqw", "windows-1250 iso-8859-2 iso-8859-16", 0.05, -1},
	{"hr sl bs", "čšžćđ", "aioenjrstukvdmplzgbchfxywq", "windows-1250 iso-8859-2", 0.03, -1},
	{"tr az", "ıüşğöçâîû", "aeinrlkdmytusbozgchpvfjqxw", "windows-1254", 0.12, -1},
	{"lt", "ėšųįžūčąę", "iasoteurnkmlpvdjgbycfhzxwq", "windows-1257 iso-8859-13 iso-8859-4", 0.08, -2},
	{"lv", "āīēšūņļžčķģ", "aistenurkomlpdvzgjbchfyxwq", "windows-1257 iso-8859-13 iso-8859-4", 0.12, -2},
	{"ru", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "", "windows-1251 koi8-r iso-8859-5 ibm866 x-mac-cyrillic", foreign, 0},
	{"uk be", "оанивіретсклудмпзьябгчйхцїжюєшщфґыэўё", "", "windows-1251 koi8-u iso-8859-5 ibm866 x-mac-cyrillic", foreign, -1},
	{"bg", "аиеонтрсвлкдпмзъугябчцжщхйшюфь", "", "windows-1251 iso-8859-5 ibm866", foreign, -1},
	{"sr mk", "аоиеунртсјвкдмлпгзбшжчћцњљхђфџѓѕќ", "", "windows-1251 iso-8859-5", foreign, -1},
	{"el", "αοιτνεσρηκπμλςυίόάωέγδχθφήβξώύζψϊϋΐ", "", "windows-1253 iso-8859-7", foreign, -1},
	{"he iw yi", "יוהלארתבמשנדעקחפםכגטסצזןךףץ", "", "windows-1255", foreign, -1},
	{"ar fa ur", "الينمرتوبدعسفهكقحجةأشطصخىذضإزثئغءآظؤ،؟", "", "windows-1256 iso-8859-6", foreign, -1},
	{"th", thai, "", "windows-874", foreign, -1},
}

// foreign is the share in a language with a script of its own; the others are
// in names and quotations.
const foreign = 0.8

const thai = "\u0e19\u0e32\u0e23\u0e2d\u0e01\u0e40\u0e07\u0e21\u0e22\u0e25\u0e27\u0e14\u0e48\u0e17\u0e49\u0e2a\u0e31\u0e34\u0e35\u0e15" +
	"\u0e30\u0e1b\u0e1a\u0e37\u0e04\u0e2b\u0e41\u0e08\u0e38\u0e1e\u0e4c\u0e0a\u0e02\u0e39\u0e43\u0e44\u0e47\u0e42\u0e16\u0e28\u0e1c" +
	"\u0e18\u0e0b\u0e13\u0e0d\u0e29\u0e09\u0e20\u0e33\u0e1f\u0e12\u0e0f\u0e1d"

// ideographs are the languages whose characters take several bytes.
var ideographs = []struct {
	charset, language, letters string
	levels                     func(b []byte) (size int, class glyph)
}{
	{"shift_jis", "ja", kana + kanji, levelsShiftJIS},
	{"euc-jp", "ja", kana + kanji, levelsEUCJP},
	{"gb18030", "zh", hanziMarks + simplified, levelsGB},
	{"big5", "zh", hanziMarks + traditional, levelsBig5},
	{"euc-kr", "ko", hangul, levelsEUCKR},
}

// The most frequent characters, most frequent first.
const (
	kana = "のにたいをはとるがしでてなれっらもすりこさかンー、。まきスくトイあルけリよラうアどせ年えそ日ッ「」シ・クドレタマコフろみ" +
		"ロわプめジおテばサち国カ人ビニバ大キグムウだメデやパゃょブ一げチじオミナ本中ず会ょ月エモダボゆハ・ガェズひ（）ケほ" +
		"ベ分びィご社ノセ上ぶへソホポヒワべむツ事ふゅァギぎピヨ時ネ生者合場つ間ゲ地ぐ今行手ヤゼ方後ペユ出新ォザ年！？　"
	kanji = "十二三東京市県長見自部対同発前学内業用高政体最定表理動作全現関化第主的性相度連開法小物回文数機代先通明経面立高選" +
		"報以資問力水元野都下気家員産記名来田山保議要戦心教取公書民話当意円金区入強加実成使調成無次結果世界在外円式" +
		"氏国際運点海情制正水位更朝確認発表予想店車電子女男食初決始終夜料映画音楽天気雨週春夏秋冬駅"
	hanziMarks = "，的。、：“”「」《》（）；？！"
	simplified = "一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经" +
		"十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平" +
		"形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党" +
		"程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干" +
		"做必战先回则任取完举色或市场记者今天消息报道中国北京上海城市居民天气新闻银行网络电影音乐科学研究教育服务企业经济发展投资价格"
	traditional = "一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定行學法所民得經" +
		"十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體制機當使點從業本去把性好應開它合還因由其些然前外天政四日那社義事平" +
		"形相全表間樣與關各重新線內數正心反你明看原又麼利比或但質氣第向道命此變條只沒結解問意建月公無系軍很情者最立代想已通並提直題黨" +
		"程展五果料象員革位入常文總次品式活設及管特件長求老頭基資邊流路級少圖山統接知較將組見計別她手角期根論運農指幾九區強放決西被幹" +
		"做必戰先回則任取完舉色或市場記者今天消息報導台灣北京上海城市居民天氣新聞銀行網路電影音樂科學研究教育服務企業經濟發展投資價格"
	hangul = "이다의는에을가한고로하지을사서인기은대도리자정스시아해그과일어나수전부들를제있장주원상보여구지만조라성게공마안경비동했원" +
		"국으진오러중우생회교년적화선소드와무신유연방산문학관개까모재치트위실미방발거내당바업영세단말요용계최양명음것행민간려설결" +
		"통차였후물건며되식금체반월물저합작크람르했속등천김본권심감호역새초투터건강남력료법출운레못번특판임날른더불할때두평면현코" +
		"추북각매히노외습청달급목복분온습늘카피포울박증약입토론언론뉴날씨서울시민은행영화음악과학연구교육기업경제투자가격"
)
