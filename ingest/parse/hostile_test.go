package parse_test

import (
	"fmt"
	"strings"
)

const mb = 1 << 20

// document says how a document is made and, where it must be refused, of what the
// error must speak.
type document struct {
	make    func() string
	refused string // empty: it may be read
}

// hostile are documents made to cost more than they are long.
var hostile = map[string]document{
	"unknown elements nested two million deep": {func() string { return inItem(strings.Repeat("<x:a>", 2_000_000)) }, "deep"},
	"names of one letter nested as deep":       {func() string { return inItem("<x:a>" + strings.Repeat("<b>", 2_000_000)) }, "deep"},
	"entries nested in entries": {func() string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>` + strings.Repeat("<entry>", 500_000)
	}, "items"},
	"an element with ten thousand namespaces over many children": {func() string {
		var b strings.Builder
		b.WriteString(`<rss version="2.0"><channel><title>T</title><item><x:a`)
		for i := range 10_000 {
			fmt.Fprintf(&b, ` xmlns:n%d="u"`, i)
		}
		return b.String() + ">" + strings.Repeat("<x:b/>", 10_000) + "</x:a></item></channel></rss>"
	}, "namespaces"},
	"a hundred and fifty namespaces over all elements that are allowed": {func() string {
		var b strings.Builder
		b.WriteString(`<rss version="2.0"`)
		for i := range 150 {
			fmt.Fprintf(&b, ` xmlns:n%d="u"`, i)
		}
		return b.String() + "><channel><title>T</title><item>" + strings.Repeat("<x:b/>", 400_000) + "</item></channel></rss>"
	}, ""},
	"a namespace on each level": {func() string {
		var b strings.Builder
		for i := range 90 {
			fmt.Fprintf(&b, `<x:a xmlns:n%d="u">`, i)
		}
		return inItem(strings.Repeat(b.String()+strings.Repeat("</x:a>", 90), 400))
	}, ""},
	"a text in a hundred thousand pieces": {func() string {
		return inItem("<x:a>ttt" + strings.Repeat("<b/>t", 100_000) + "</x:a>")
	}, ""},
	"a long text in as many pieces as fit": {func() string {
		return inItem("<x:a>" + strings.Repeat(strings.Repeat("t", 60)+"<b/>", 80_000) + "</x:a>")
	}, ""},
	"CDATA sections without a text": {func() string {
		return inItem("<description>" + strings.Repeat("<![CDATA[]]>", 400_000) + "</description>")
	}, ""},
	"CDATA sections that never end": {func() string {
		return inItem("<description>" + strings.Repeat("<![CDATA[", 500_000))
	}, ""},
	"comments that never end":    {func() string { return inItem(strings.Repeat("<!--", 1_000_000)) }, ""},
	"a flood of ampersands":      {func() string { return inItem("<description>" + strings.Repeat("&", 4*mb) + "</description>") }, ""},
	"a flood of references":      {func() string { return inItem("<description>" + strings.Repeat("&#1;", mb) + "</description>") }, ""},
	"a flood of less-than signs": {func() string { return inItem("<description>" + strings.Repeat("<", 4*mb) + "</description>") }, ""},
	"a flood of start tags":      {func() string { return inItem(strings.Repeat("<a ", mb)) }, ""},
	"a flood of end tags":        {func() string { return inItem(strings.Repeat("</a>", mb)) }, ""},
	"an element of many attributes": {func() string {
		var b strings.Builder
		for i := range 300_000 {
			fmt.Fprintf(&b, ` a%d="v"`, i)
		}
		return inItem("<x:a" + b.String() + "/>")
	}, ""},
	"one attribute, many times":   {func() string { return inItem("<x:a" + strings.Repeat(` a="v"`, 500_000) + "/>") }, ""},
	"a start tag that never ends": {func() string { return inItem("<x:a b=\"" + strings.Repeat("c", 8*mb)) }, ""},
	"more items than are allowed": {func() string {
		return `<rss version="2.0"><channel><title>T</title>` + strings.Repeat("<item><title>t</title></item>", 60_000)
	}, "items"},
	"as many items as are allowed": {func() string {
		return `<rss version="2.0"><channel><title>T</title>` +
			strings.Repeat("<item><title>t</title><link>http://e.example/1</link><guid>http://e.example/1</guid><description>Some words.</description></item>", 50_000) + "</channel></rss>"
	}, ""},
	"more elements than are allowed": {func() string {
		return inItem(strings.Repeat("<a/>", 600_000))
	}, "elements"},
	"a document type of a billion laughs": {func() string {
		return `<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "` + strings.Repeat("&a;", 1000) + `"><!ENTITY c "` + strings.Repeat("&b;", 1000) + `">]>` +
			inItem("<description>"+strings.Repeat("&c;", 1000)+"</description>")
	}, ""},
	"HTML nested deep": {func() string { return inItem("<description>" + strings.Repeat("&lt;div>", 300_000) + "</description>") }, ""},
	"HTML that opens and never closes": {func() string {
		return inItem("<description>" + strings.Repeat("&lt;a>&lt;b>&lt;i>", 60_000) + "</description>")
	}, ""},
	"HTML that is all tables": {func() string {
		return inItem("<description>" + strings.Repeat("&lt;table>&lt;tr>&lt;td>", 40_000) + "</description>")
	}, ""},
	"an item of eight megabytes": {func() string { return inItem("<description>" + strings.Repeat("word ", 8*mb/5) + "</description>") }, ""},
	"JSON nested deep":           {func() string { return inJSON(`{"id":"1","_x":` + strings.Repeat("[", 2*mb)) }, "deep"},
	"JSON of objects nested deep": {func() string {
		return inJSON(`{"id":"1","_x":` + strings.Repeat(`{"a":`, mb))
	}, "deep"},
	"JSON of a million items": {func() string { return inJSON(strings.Repeat(`{},`, 1_000_000) + "{}") }, "items"},
	"JSON of many values":     {func() string { return inJSON(`{"id":"1","_x":[` + strings.Repeat(`0,`, 2*mb) + "0]}") }, ""},
	"JSON of as many items as are allowed": {func() string {
		return inJSON(strings.Repeat(`{"id":"1","url":"http://e.example/1","content_text":"Some words and some more of them."},`, 49_999) + `{"id":"2"}`)
	}, ""},
	"JSON of a large value of the wrong type": {func() string {
		return inJSON(`{"id":"1","title":[` + strings.Repeat(`"some words",`, 200_000) + `""],"tags":{"a":[` + strings.Repeat(`0,`, 200_000) + `0]}}`)
	}, ""},
	"JSON of many keys": {func() string {
		var b strings.Builder
		for i := range 300_000 {
			fmt.Fprintf(&b, `"k%d":0,`, i)
		}
		return inJSON(`{` + b.String() + `"id":"1"}`)
	}, ""},
	"a JSON string of escapes": {func() string { return inJSON(`{"id":"1","content_text":"` + strings.Repeat(`\u0041`, mb) + `"}`) }, ""},
	"nothing but zeros":        {func() string { return strings.Repeat("\x00", 8*mb) }, "not a feed"},
	"nothing but blanks":       {func() string { return strings.Repeat(" ", 8*mb) }, "not a feed"},
	"bytes of no encoding":     {func() string { return strings.Repeat("\x81\xfe\xff<", 2*mb) }, "not a feed"},
	"a link of four megabytes": {func() string { return inItem("<link>http://e.example/" + strings.Repeat("a", 4*mb) + "</link>") }, ""},
	"four megabytes of author": {func() string { return inItem("<author>" + strings.Repeat("a (", 4*mb/3) + "</author>") }, ""},
	"a category of four megabytes, and many": {func() string {
		return inItem("<category>" + strings.Repeat("c", 4*mb) + "</category>" + strings.Repeat("<category>c</category>", 100_000))
	}, ""},
	"an image address of a megabyte with a flood of escapes": {func() string {
		return inItem("<description>&lt;img src=\"" + strings.Repeat("%41", mb/4) + "\" srcset=\"" + strings.Repeat("a 1x,", 40_000) + "\"></description>")
	}, ""},
	"dates that are all words": {func() string {
		return `<rss version="2.0"><channel><title>T</title>` + strings.Repeat("<item><title>t</title><pubDate>"+strings.Repeat("Mon, 01 ", 100)+"</pubDate></item>", 4000) + "</channel></rss>"
	}, ""},
	"UTF-16 of every character": {func() string {
		var b strings.Builder
		b.WriteString("\xff\xfe")
		for _, c := range []byte(inItem("<description>" + strings.Repeat("word ", 400_000) + "</description>")) {
			b.WriteByte(c)
			b.WriteByte(0)
		}
		return b.String()
	}, ""},
}

func inItem(s string) string {
	return `<rss version="2.0" xmlns:x="urn:x"><channel><title>T</title><item><title>one</title>` + s + `</item></channel></rss>`
}

func inJSON(items string) string {
	return `{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[` + items + `]}`
}
