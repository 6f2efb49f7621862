package parse_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
)

// texts are three sentences of news in many languages, and the encodings that
// they are met in.
var texts = map[string]struct {
	text string
	encs []encoding.Encoding
}{
	"German": {
		"Die Brücke über den Fluss wird größer. Der Bürgermeister möchte die Straße bis zum Frühling schließen. Für die Bewohner fährt ein Bus.",
		[]encoding.Encoding{win1252},
	},
	"French": {
		"La mairie a décidé de réparer le vieux pont. Les élèves de l’école étaient très déçus après la fête annulée. Où ira-t-on cet été ?",
		[]encoding.Encoding{win1252, charmap.Macintosh},
	},
	"Spanish": {
		"La alcaldía decidió reparar el puente. Los niños volverán a la escuela mañana después de un año difícil. ¿Quién pagará la inversión?",
		[]encoding.Encoding{win1252},
	},
	"Portuguese": {
		"A câmara decidiu não fechar a ponte. As crianças voltarão à escola amanhã e a situação é melhor. O preço da construção será público.",
		[]encoding.Encoding{win1252},
	},
	"Italian": {
		"La città avrà un nuovo ponte perché il vecchio è pericoloso. Lunedì la scuola sarà chiusa. L’università ha già più studenti.",
		[]encoding.Encoding{win1252},
	},
	"Swedish": {
		"Staden får en ny bro över ån. Många är glada, men några tycker att den är för dyr. Nästa år börjar bygget på södra sidan.",
		[]encoding.Encoding{win1252},
	},
	"Danish": {
		"Byen får en ny bro over åen. Mange er glade, men nogle synes, at den er for dyr. Næste år går arbejdet i gang på øen.",
		[]encoding.Encoding{win1252},
	},
	"Icelandic": {
		"Bærinn fær nýja brú yfir ána. Það er dýrt en íbúarnir eru ánægðir með það. Vegagerðin hefst á næsta ári við höfnina.",
		[]encoding.Encoding{win1252},
	},
	"Polish": {
		"Miasto zbuduje nowy most przez rzekę. Dzieci wrócą jutro do szkoły, choć część dróg będzie zamknięta. Źródło pieniędzy nie jest znane.",
		[]encoding.Encoding{charmap.ISO8859_2, charmap.Windows1250},
	},
	"Czech": {
		"Město postaví nový most přes řeku. Děti se zítra vrátí do školy, ačkoli některé ulice zůstanou uzavřené. Žádný úředník to nevysvětlil.",
		[]encoding.Encoding{charmap.ISO8859_2, charmap.Windows1250},
	},
	"Hungarian": {
		"A város új hidat épít a folyó fölé. A gyerekek holnap térnek vissza az iskolába, bár több út le lesz zárva. Ősszel kezdődik a munka.",
		[]encoding.Encoding{charmap.ISO8859_2, charmap.Windows1250},
	},
	"Croatian": {
		"Grad će graditi novi most preko rijeke. Djeca se sutra vraćaju u školu, iako će više cesta biti zatvoreno. Tko će to platiti još se ne zna, kažu građani.",
		[]encoding.Encoding{charmap.ISO8859_2, charmap.Windows1250},
	},
	"Turkish": {
		"Şehirde ırmağın üstüne yeni bir köprü yapılacak. Çocuklar yarın okula dönüyor, fakat bazı yollar kapalı kalacak. İş güç başlıyor.",
		[]encoding.Encoding{charmap.Windows1254},
	},
	"Lithuanian": {
		"Mieste bus statomas naujas tiltas per upę. Vaikai rytoj grįš į mokyklą, nors kai kurios gatvės liks uždarytos. Šį rudenį prasidės darbai, sakė mero padėjėjas.",
		[]encoding.Encoding{charmap.Windows1257, charmap.ISO8859_13},
	},
	"Latvian": {
		"Pilsētā cels jaunu tiltu pār upi. Bērni rīt atgriezīsies skolā, taču dažas ielas būs slēgtas. Kurš to maksās, vēl nav zināms.",
		[]encoding.Encoding{charmap.Windows1257},
	},
	"Russian": {
		"В городе построят новый мост через реку. Дети завтра вернутся в школу, хотя некоторые улицы будут закрыты. Кто за это заплатит?",
		[]encoding.Encoding{win1251, charmap.KOI8R, charmap.ISO8859_5, charmap.CodePage866},
	},
	"Ukrainian": {
		"У місті збудують новий міст через річку. Діти завтра повернуться до школи, хоча деякі вулиці будуть закриті. Хто заплатить, її не цікавить.",
		[]encoding.Encoding{win1251, charmap.KOI8U},
	},
	"Bulgarian": {
		"В града ще бъде построен нов мост над реката. Децата утре се връщат на училище, въпреки че някои улици са затворени. Кой ще плати?",
		[]encoding.Encoding{win1251},
	},
	"Serbian": {
		"Град ће градити нови мост преко реке. Деца се сутра враћају у школу, иако ће више улица бити затворено. Ко ће то да плати?",
		[]encoding.Encoding{win1251, charmap.ISO8859_5},
	},
	"Greek": {
		"Στην πόλη θα χτιστεί μια νέα γέφυρα. Τα παιδιά γυρίζουν αύριο στο σχολείο, αν και μερικοί δρόμοι θα είναι κλειστοί. Ποιος θα πληρώσει;",
		[]encoding.Encoding{charmap.Windows1253, charmap.ISO8859_7},
	},
	"Hebrew": {
		"בעיר ייבנה גשר חדש מעל הנהר. הילדים יחזרו מחר לבית הספר, אף שכמה רחובות יהיו סגורים. מי ישלם על כך?",
		[]encoding.Encoding{charmap.Windows1255},
	},
	"Arabic": {
		"ستبني المدينة جسرا جديدا فوق النهر. يعود الأطفال غدا إلى المدرسة رغم إغلاق بعض الشوارع. من سيدفع ثمن ذلك؟",
		[]encoding.Encoding{charmap.Windows1256, charmap.ISO8859_6},
	},
	"Thai": {
		"เมืองนี้จะสร้างสะพานใหม่ข้ามแม่น้ำ. เด็ก ๆ จะกลับไปโรงเรียนวันพรุ่งนี้ แม้บางถนนจะปิด. ใครจะเป็นคนจ่ายเงิน",
		[]encoding.Encoding{charmap.Windows874},
	},
	"Japanese": {
		"市は川に新しい橋を建てると発表した。 子どもたちは明日から学校に戻るが、一部の道路は閉鎖されたままだ。 費用はだれが払うのか。",
		[]encoding.Encoding{shiftJIS, japanese.EUCJP, japanese.ISO2022JP},
	},
	"Chinese": {
		"市政府宣布将在河上修建一座新桥。 孩子们明天返回学校，但是部分道路仍然关闭。 谁来支付这笔费用？",
		[]encoding.Encoding{gb18030},
	},
	"Chinese of Taiwan": {
		"市政府宣布將在河上興建一座新橋。 孩子們明天返回學校，但是部分道路仍然關閉。 誰來支付這筆費用？",
		[]encoding.Encoding{big5},
	},
	"Korean": {
		"시는 강 위에 새로운 다리를 짓겠다고 발표했다. 아이들은 내일 학교로 돌아가지만 일부 도로는 계속 통제된다. 비용은 누가 낼까?",
		[]encoding.Encoding{korean.EUCKR},
	},
}

// TestEncodingThatNobodyNamesIsGuessed asserts how many texts are read as they
// were written, so that it can only rise.
func TestEncodingThatNobodyNamesIsGuessed(t *testing.T) {
	count := func(part func(string) []string) (right, all int) {
		for language, tt := range texts {
			for _, enc := range tt.encs {
				for _, text := range part(tt.text) {
					body := feedOf(t, enc, "", text)
					all++
					got, warnings := titleOf(t, body, "")
					if got != strings.Join(strings.Fields(text), " ") {
						t.Logf("%s in %v: %q is read as %q", language, enc, text, got)
						continue
					}
					right++
					if !isASCII(text) && warnings["encoding-guessed"] != 1 {
						t.Errorf("%s in %v: warnings %v", language, enc, warnings)
					}
				}
			}
		}
		return right, all
	}
	for name, tt := range map[string]struct {
		part func(string) []string
		want int
	}{
		"all three sentences": {func(s string) []string { return []string{s} }, 42},
		"a sentence":          {func(s string) []string { return strings.SplitAfter(s, ". ") }, 109},
		"a word":              {strings.Fields, 718},
	} {
		if right, all := count(tt.part); right < tt.want {
			t.Errorf("%s: %d of %d are right, want %d", name, right, all, tt.want)
		} else {
			t.Logf("%s: %d of %d are right", name, right, all)
		}
	}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

func TestGuessFollowsTheLanguageThatADocumentNames(t *testing.T) {
	for language, want := range map[string]string{"fr": "è", "hr-HR": "č", "ru": "и", "lt": "č"} {
		body := "<rss version=\"2.0\"><channel><title>T</title><language>" + language + "</language><item><title>\xE8</title></item></channel></rss>"
		if got, _ := titleOf(t, body, ""); got != want {
			t.Errorf("%s: %q, want %q", language, got, want)
		}
	}
}

func TestBytesPastedIntoUTF8AreGuessed(t *testing.T) {
	for name, tt := range map[string]struct{ pasted, want string }{
		"quotation marks":  {"it\x92s \x93so\x94", "it’s “so”"},
		"a Latin word":     {"caf\xE9", "café"},
		"a Russian word":   {"\xCD\xEE\xE2\xEE\xF1\xF2\xE8", "Новости"},
		"a Greek word":     {"\xE5\xE9\xE4\xDE\xF3\xE5\xE9\xF2", "ειδήσεις"},
		"half a character": {"日本\xE6\x9C", "日本\uFFFD"},
	} {
		got, warnings := titleOf(t, feedOf(t, nil, declares("utf-8"), "日本の新聞と天気 – "+tt.pasted), "")
		if got != "日本の新聞と天気 – "+tt.want || len(warnings) != 1 || warnings["encoding-mixed"] != 1 {
			t.Errorf("%s: %q, want the end %q; warnings %v", name, got, tt.want, warnings)
		}
	}
}
