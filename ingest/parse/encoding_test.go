package parse_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"sluice/ingest/parse"
)

var (
	utf16LE    = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	utf16BE    = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	utf32LE    = utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	utf32BE    = utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	big5       = traditionalchinese.Big5
	gb18030    = simplifiedchinese.GB18030
	shiftJIS   = japanese.ShiftJIS
	win1251    = charmap.Windows1251
	win1252    = charmap.Windows1252
	bomUTF8    = "\uFEFF"
	bomUTF16LE = "\xFF\xFE"
)

// feedOf writes a feed whose item has the text as its title, in an encoding (nil
// for UTF-8) and with what stands before the root.
func feedOf(tb testing.TB, enc encoding.Encoding, head, text string) string {
	tb.Helper()
	s := head + `<rss version="2.0"><channel><title>T</title><item><title>` + text + `</title></item></channel></rss>`
	if enc == nil {
		return s
	}
	s, err := enc.NewEncoder().String(s)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func declares(name string) string { return `<?xml version="1.0" encoding="` + name + `"?>` }

func titleOf(t *testing.T, body, contentType string) (title string, warnings map[string]int) {
	t.Helper()
	doc, err := parse.Parse([]byte(body), parse.Meta{Source: "s", ContentType: contentType})
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Articles) != 1 {
		t.Fatalf("%d articles", len(doc.Articles))
	}
	return doc.Articles[0].Title, doc.Warnings
}

func TestEncodingIsFoundByTheFirstSourceThatIsPossible(t *testing.T) {
	const de, ru, ja, zh, ko = "Über Größe – süß", "Новости города", "日本の新聞", "臺灣的天氣", "오늘의 날씨"
	for name, tt := range map[string]struct {
		body, contentType, want string
		warning                 string // the only one
	}{
		"UTF-8 that says nothing": {body: feedOf(t, nil, "", ja), want: ja},
		"a mark of UTF-8":         {body: bomUTF8 + feedOf(t, nil, "", ja), want: ja},
		"a mark before what HTTP says": {
			body: bomUTF8 + feedOf(t, nil, "", ru), contentType: "text/xml; charset=koi8-r", want: ru,
		},
		"two marks":                        {body: bomUTF8 + bomUTF8 + feedOf(t, nil, declares("utf-8"), ja), want: ja},
		"a mark behind blank lines":        {body: "\r\n\n" + bomUTF8 + feedOf(t, nil, declares("utf-8"), ja), want: ja},
		"blank lines before a declaration": {body: "\n\n" + feedOf(t, win1251, declares("windows-1251"), ru), want: ru},
		"a mark of UTF-8 on something else": {
			body: bomUTF8 + feedOf(t, win1251, declares("windows-1251"), ru), want: ru, warning: "encoding-misstated",
		},
		"UTF-16 with a mark":                     {body: bomUTF16LE + feedOf(t, utf16LE, "", ja), want: ja},
		"UTF-16 with a mark that is the other's": {body: "\xFE\xFF" + feedOf(t, utf16LE, "", ja), want: ja, warning: "encoding-misstated"},
		"a mark of UTF-16 before UTF-8":          {body: bomUTF16LE + feedOf(t, nil, "", ja), want: ja, warning: "encoding-misstated"},
		"UTF-16 without a mark, and declared":    {body: feedOf(t, utf16BE, declares("UTF-16"), ja), want: ja},
		"UTF-16 without a mark, behind a blank":  {body: feedOf(t, utf16LE, "\n ", ja), want: ja},
		"UTF-16 that says UTF-8 of itself":       {body: feedOf(t, utf16BE, declares("utf-8"), ru), want: ru},
		"UTF-16 that HTTP says is UTF-8": {
			body: feedOf(t, utf16LE, "", ru), contentType: "application/rss+xml; charset=utf-8", want: ru,
		},
		"UTF-16 with characters of two units":  {body: feedOf(t, utf16LE, "", "𝕏 and 😀"), want: "𝕏 and 😀"},
		"UTF-16 cut within a unit":             {body: feedOf(t, utf16LE, "", ja) + "\n", want: ja},
		"UTF-32 with a mark":                   {body: "\xFF\xFE\x00\x00" + feedOf(t, utf32LE, "", ja), want: ja},
		"UTF-32 with a mark, big end first":    {body: "\x00\x00\xFE\xFF" + feedOf(t, utf32BE, "", ja), want: ja},
		"UTF-32 without a mark":                {body: feedOf(t, utf32LE, declares("utf-32"), "😀"), want: "😀"},
		"UTF-32 without a mark, big end first": {body: feedOf(t, utf32BE, declares("ucs-4"), zh), want: zh},

		"HTTP before the declaration": {
			body: feedOf(t, big5, declares("iso-8859-1"), zh), contentType: "text/xml; charset=Big5", want: zh,
		},
		"HTTP in quotes and blanks": {
			body: feedOf(t, charmap.KOI8R, "", ru), contentType: "text/xml;; Charset = 'koi8-r' ; q=1", want: ru,
		},
		"HTTP that names nothing known": {
			body: feedOf(t, shiftJIS, declares("Shift_JIS"), ja), contentType: "text/xml; charset=none", want: ja, warning: "encoding-misstated",
		},
		"HTTP that says UTF-8 of something else": {
			body: feedOf(t, shiftJIS, declares("x-sjis"), ja), contentType: "text/xml; charset=utf-8", want: ja, warning: "encoding-misstated",
		},
		"HTTP that says ASCII of something else": {
			body: feedOf(t, win1252, declares("windows-1252"), de), contentType: "text/xml; charset=us-ascii", want: de, warning: "encoding-misstated",
		},
		"HTTP right, the declaration wrong": {
			body: feedOf(t, nil, declares("iso-8859-1"), de), contentType: "text/xml; charset=utf-8", want: de,
		},

		"a declaration":                      {body: feedOf(t, korean.EUCKR, declares("ks_c_5601-1987"), ko), want: ko},
		"a declaration in odd quotes":        {body: feedOf(t, win1251, `<?xml version='1.0' encoding = 'CP1251" ?>`, ru), want: ru},
		"a declaration without quotes":       {body: feedOf(t, win1251, `<?xml version=1.0 encoding=win-1251?>`, ru), want: ru},
		"the second of two declarations":     {body: feedOf(t, win1251, `<?xml version="1.0"?>`+declares("windows-1251"), ru), want: ru},
		"a declaration behind a style sheet": {body: feedOf(t, win1251, `<?xml-stylesheet encoding="utf-7"?>`+declares("windows-1251"), ru), want: ru},
		"XML 1.1":                            {body: feedOf(t, win1251, `<?xml version="1.1" encoding="windows-1251"?>`, ru), want: ru},
		"an encoding of seven bits":          {body: feedOf(t, japanese.ISO2022JP, declares("ISO-2022-JP"), ja), want: ja},
		"the other encoding of seven bits":   {body: feedOf(t, simplifiedchinese.HZGB2312, declares("hz-gb-2312"), "天气"), want: "天气"},
		"windows-1250 that calls itself ISO 8859": {
			body: feedOf(t, charmap.Windows1250, declares("iso-8859-2"), "„Łódź, źle, šťastný”"), want: "„Łódź, źle, šťastný”", warning: "encoding-misstated",
		},
		"punctuation where ISO 8859 has none":   {body: feedOf(t, charmap.Windows1250, declares("iso-8859-2"), "„Łóżko”"), want: "„Łóżko”"},
		"iso-8859-1 with what windows-1252 has": {body: feedOf(t, win1252, declares("iso-8859-1"), de), want: de},
		"gb2312 with a character of GBK":        {body: feedOf(t, gb18030, declares("gb2312"), "朱镕基和囍"), want: "朱镕基和囍"},
		"iso-8859-1 declared, UTF-8 in fact":    {body: feedOf(t, nil, declares("iso-8859-1"), de), want: de, warning: "encoding-misstated"},
		"us-ascii declared, UTF-8 in fact":      {body: feedOf(t, nil, declares("us-ascii"), ja), want: ja, warning: "encoding-misstated"},
		"utf-16 declared, UTF-8 in fact":        {body: feedOf(t, nil, declares("utf-16"), ja), want: ja, warning: "encoding-misstated"},
		"utf-16 declared, ASCII in fact":        {body: feedOf(t, nil, declares("utf-16"), "a"), want: "a", warning: "encoding-misstated"},
		"koi8-r declared, UTF-8 in fact":        {body: feedOf(t, nil, declares("koi8-r"), ru), want: ru, warning: "encoding-misstated"},
		"an empty name":                         {body: feedOf(t, nil, declares(""), ja), want: ja},
		"a name that nobody knows":              {body: feedOf(t, nil, declares("bogus"), ja), want: ja, warning: "encoding-misstated"},
		"UTF-8 in which a template is Latin":    {body: feedOf(t, nil, declares("utf-8"), "日本の新聞 caf\xE9 \x93x\x94"), want: "日本の新聞 café “x”", warning: "encoding-mixed"},
		"UTF-8 in which a character was cut":    {body: feedOf(t, nil, declares("utf-8"), "日本の新\xE8\x81 Ж\xD0"), want: "日本の新\uFFFD Ж\uFFFD", warning: "encoding-mixed"},
		"UTF-8 with surrogates":                 {body: feedOf(t, nil, declares("utf-8"), "日本の新聞の一 \xED\xA0\xBD\xED\xB8\x80"), want: "日本の新聞の一 😀", warning: "encoding-mixed"},
		"a few bytes damaged in a legacy text":  {body: strings.Replace(feedOf(t, shiftJIS, declares("shift_jis"), strings.Repeat(ja, 20)+"@"), "@", "\x81\xFF", 1), want: strings.Repeat(ja, 20) + "\uFFFD", warning: "illegal-characters"},
	} {
		t.Run(name, func(t *testing.T) {
			got, warnings := titleOf(t, tt.body, tt.contentType)
			if !strings.HasPrefix(got, tt.want) || len(got) > len(tt.want)+len("\uFFFD") {
				t.Errorf("title %q, want %q", got, tt.want)
			}
			if tt.warning == "" && len(warnings) > 0 || tt.warning != "" && (len(warnings) != 1 || warnings[tt.warning] == 0) {
				t.Errorf("warnings %v, want %q", warnings, tt.warning)
			}
		})
	}
}

func TestNamesOfEncodingsAreKnownHoweverTheyAreSpelt(t *testing.T) {
	for text, tt := range map[string]struct {
		enc   encoding.Encoding
		names string
	}{
		"Größe":      {win1252, "windows-1252 cp1252 Windows1252 win-1252 latin1 Latin-1 iso-8859-1 ISO8859-1 iso_8859_1 8859-1 iso8859_1 ansi l1 x-cp1252"},
		"Größe €":    {charmap.ISO8859_15, "iso-8859-15 latin-9 iso8859-15 ISO_8859-15 8859_15"},
		"Zażółć":     {charmap.ISO8859_2, "iso-8859-2 latin2 ISO8859_2 l2"},
		"žluťoučký":  {charmap.Windows1250, "windows-1250 cp1250 win1250 x-cp1250"},
		"Новости":    {win1251, "windows-1251 cp-1251 WINDOWS1251 win1251 1251 ms1251"},
		"Известия":   {charmap.KOI8R, "koi8-r KOI8R koi8_r koi cskoi8r cp20866"},
		"Вісті":      {charmap.KOI8U, "koi8-u KOI8U koi8-ru"},
		"Вести":      {charmap.CodePage866, "ibm866 cp866 866"},
		"Ειδήσεις":   {charmap.ISO8859_7, "iso-8859-7 greek ISO8859-7 elot_928"},
		"Größe nein": {charmap.CodePage850, "ibm850 cp850"},
		"今日の天気":      {shiftJIS, "Shift_JIS shift-jis sjis x-sjis ms932 cp932 windows-31j csShiftJIS SJIS-win"},
		"今日の新聞":      {japanese.EUCJP, "euc-jp EUC_JP eucjp x-euc-jp ujis eucJP-win"},
		"今日の news":   {japanese.ISO2022JP, "iso-2022-jp ISO2022JP csISO2022JP"},
		"今天的天气":      {gb18030, "gb18030 gbk GB2312 gb_2312-80 cp936 x-gbk EUC-CN gb2312-80 ms936 windows-936"},
		"今天的天氣":      {big5, "big5 Big-5 big5-hkscs cp950 x-x-big5 BIG5_HKSCS"},
		"오늘의 날씨":     {korean.EUCKR, "euc-kr EUC_KR euckr ks_c_5601-1987 cp949 uhc ksc5601 windows-949"},
		"ข่าววันนี้": {charmap.Windows874, "tis-620 windows-874 TIS620 cp874 iso-8859-11"},
		"Grüße 日本":   {nil, "utf-8 UTF8 utf_8 Utf-8 unicode-1-1-utf-8 cp65001 utf8mb4"},
	} {
		for _, name := range strings.Fields(tt.names) {
			got, warnings := titleOf(t, feedOf(t, tt.enc, declares(name), text), "")
			if got != text || len(warnings) > 0 {
				t.Errorf("%s: %q is read as %q, warnings %v", name, text, got, warnings)
			}
		}
	}
}
