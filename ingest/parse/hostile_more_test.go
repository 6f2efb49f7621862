package parse_test

import (
	"fmt"
	"strings"
)

// numbered repeats a format with the numbers from 0.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func inChannel(s string) string {
	return `<rss version="2.0"><channel><title>T</title>` + s + "</channel></rss>"
}

func inEntry(s string) string {
	return `<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>one</title>` + s + "</entry></feed>"
}

func inHTML(s string) string {
	return inItem("<description>" + strings.ReplaceAll(s, "<", "&lt;") + "</description>")
}

// hostileTags make work out of tags and attributes.
var hostileTags = map[string]document{
	"tags whose values end in the next tag": {func() string { return inItem("<x:a>" + strings.Repeat(`<a =""=''="`, 90_000) + `"<</x:a>`) }, "within others"},
	"tags whose values end in the next tag, in a text": {func() string {
		return inItem("<description>" + strings.Repeat(`<a =""=''="`, 90_000) + `"<</description>`)
	}, "within others"},
	"values without names":       {func() string { return inItem("<x:a a" + strings.Repeat(`="v"`, 250_000) + "/>") }, ""},
	"values without quotes":      {func() string { return inItem(strings.Repeat("<x:a"+strings.Repeat(" b=c", 200)+"/>", 3000)) }, ""},
	"a value without quotes":     {func() string { return inItem(strings.Repeat("<a b=c/>", 490_000)) }, ""},
	"elements of 200 attributes": {func() string { return inItem(strings.Repeat("<x:a"+numbered(200, " b%d=''")+"/>", 2000)) }, ""},
	"one namespace, many times":  {func() string { return inItem("<x:a" + strings.Repeat(` xmlns=""`, 400_000) + "/>") }, ""},
	"one namespace that is known, many times": {func() string {
		return inItem("<x:a" + strings.Repeat(` xmlns:d="http://purl.org/dc/terms/"`, 100_000) + "/>")
	}, ""},
	"long names that are nearly the same": {func() string {
		name := "x:" + strings.Repeat("a", 1000)
		return inItem(strings.Repeat("<"+name+">", 90) + strings.Repeat("</"+name+"b>", 2000))
	}, ""},
	"comments between letters":                            {func() string { return inItem("<title>" + strings.Repeat("<!---->t", 400_000) + "</title>") }, ""},
	"instructions between letters":                        {func() string { return inItem("<x:a>" + strings.Repeat("<??>t", 400_000) + "</x:a>") }, "pieces"},
	"comments between less-than signs":                    {func() string { return inItem("<title>" + strings.Repeat("<!---->< ", 500_000) + "</title>") }, ""},
	"comments between less-than signs in an unknown text": {func() string { return inItem("<x:a>" + strings.Repeat("<!---->< ", 500_000) + "</x:a>") }, ""},
	"ends of sections between less-than signs":            {func() string { return inItem("<x:a>" + strings.Repeat("]]>< ", 800_000) + "</x:a>") }, ""},
	"texts without an end":                                {func() string { return inItem(strings.Repeat("<title>x<link>y", 200_000)) }, "deep"},
	"texts without an end, in each item": {func() string {
		return inChannel(strings.Repeat("<item><title>x<link>y<guid>z<author>a<pubDate>b</item>", 8000))
	}, ""},
	"names that are none": {func() string {
		return inItem(strings.Repeat("<a\xc3\x97:b:c 1=2>", 90) + strings.Repeat("<a\xc3\x97:b:c 1=2/>", 100_000))
	}, ""},
	"items without an end": {func() string {
		return inChannel(strings.Repeat("<item><title>"+strings.Repeat("t", 120)+"</title>", 49_000))
	}, ""},
	"declarations with quotes": {func() string { return inItem(strings.Repeat("<!a '\">", 200_000)) }, ""},
}

// hostileShortItems are as many as are allowed, each shorter than what is made of it.
var hostileShortItems = map[string]document{
	"titles of a letter": {func() string { return inChannel(strings.Repeat("<item><title>t</title></item>", 50_000)) }, ""},
	"ids of a letter":    {func() string { return inChannel(strings.Repeat("<item><guid>t</guid></item>", 50_000)) }, ""},
	"nothing in them":    {func() string { return inChannel(strings.Repeat("<item/>", 50_000)) }, ""},
	"one too many":       {func() string { return inChannel(strings.Repeat("<item/>", 50_001)) }, "more than 50000 items"},
	"ids of JSON":        {func() string { return inJSON(strings.Repeat(`{"id":1},`, 49_999) + "{}") }, ""},
}

const shortItems = "short items: "

// hostileItems are many, or have many of what an item has.
var hostileItems = map[string]document{
	"a channel for each item": {func() string {
		return `<rss version="2.0">` + strings.Repeat("<channel><item><guid>a</guid></item></channel>", 10_000) + "</rss>"
	}, "places"},
	"as many channels as are allowed": {func() string {
		return `<rss version="2.0">` + strings.Repeat("<channel><item><guid>a</guid></item></channel>", 1000) + "</rss>"
	}, ""},
	"a channel for each item, and a long root": {func() string {
		return `<rss version="2.0" a="` + strings.Repeat("b", 60_000) + `">` + strings.Repeat("<channel><item><guid>a</guid></item></channel>", 10_000) + "</rss>"
	}, "places"},
	"a root that is longer than all of it": {func() string {
		return `<rss version="2.0" a="` + strings.Repeat("b", mb) + `"><channel><title>T</title><item><title>t</title></item></channel></rss>`
	}, "start tag"},
	"links":      {func() string { return inItem(strings.Repeat("<link></link>", 200_000)) }, ""},
	"categories": {func() string { return inItem(strings.Repeat("<category></category>", 200_000)) }, ""},
	"dates":      {func() string { return inItem(strings.Repeat("<pubDate></pubDate>", 200_000)) }, ""},
	"groups of files": {func() string {
		return inItem("<m:group xmlns:m='http://search.yahoo.com/mrss/'>" + strings.Repeat("<m:content/>", 300_000) + "</m:group>")
	}, ""},
	"links of Atom":   {func() string { return inEntry(strings.Repeat("<link/>", 400_000)) }, ""},
	"authors of Atom": {func() string { return inEntry(strings.Repeat("<author/>", 400_000)) }, ""},
	"authors of the feed for each entry": {func() string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>` + numbered(900, "<author><name>n%d</name></author>") +
			strings.Repeat("<entry><id>i</id></entry>", 6000) + "</feed>"
	}, ""},
}

// hostileJSON are JSON Feeds.
var hostileJSON = map[string]document{
	"items that are numbers": {func() string { return inJSON(strings.Repeat("0,", 499_000) + "0") }, "items"},
	"members of the feed": {func() string {
		return "{" + numbered(400_000, `"k%d":0,`) + `"version":"https://jsonfeed.org/version/1.1","title":"T","items":[]}`
	}, "beside the items"},
	"members of an item, and a wrong type": {func() string { return inJSON("{" + numbered(15_000, `"k%d":0,`) + `"id":1}`) }, ""},
	"empty attachments":                    {func() string { return inJSON(`{"id":"1","attachments":[` + strings.Repeat("{},", 240_000) + "{}]}") }, ""},
	"empty attachments of each item": {func() string {
		return inJSON(strings.Repeat(`{"id":"1","attachments":[`+strings.Repeat("{},", 9000)+"{}]},", 20) + "{}")
	}, ""},
	"empty authors": {func() string { return inJSON(`{"id":"1","authors":[` + strings.Repeat("{},", 240_000) + "{}]}") }, ""},
	"empty tags":    {func() string { return inJSON(`{"id":1,"tags":[` + strings.Repeat(`"",`, 490_000) + "0]}") }, ""},
	"backslashes":   {func() string { return inJSON(`{"id":"1","title":"` + strings.Repeat(`\\`, 2*mb) + `"}`) }, ""},
	"authors of the feed for each item": {func() string {
		return `{"version":"https://jsonfeed.org/version/1.1","title":"T","authors":[` + numbered(5000, `{"name":"n%d"},`) + `{}],"items":[` +
			strings.Repeat(`{"id":"1"},`, 5000) + "{}]}"
	}, ""},
}

// hostileHTML makes work for whoever reads the HTML of an item.
var hostileHTML = map[string]document{
	"marks that every paragraph opens again": {func() string { return inHTML("<p>" + numbered(10_000, `<b x=%d>`) + strings.Repeat("</p><p>", 10_000)) }, ""},
	"paragraphs without an end": {func() string {
		return inItem("<description>" + strings.Repeat("<p><b>x</b>", 60_000) + "</description>")
	}, ""},
	"end tags alone":             {func() string { return inHTML(strings.Repeat("</p>", 140_000)) }, ""},
	"tags in tags":               {func() string { return inHTML(strings.Repeat("<a ", 160_000)) }, ""},
	"comments without an end":    {func() string { return inHTML(strings.Repeat("<!--", 140_000)) }, ""},
	"attributes":                 {func() string { return inHTML("<a " + strings.Repeat("b=c ", 200_000) + ">") }, ""},
	"sources of a picture":       {func() string { return inHTML("<img srcset='" + strings.Repeat("a 1x,", 150_000) + "'>") }, ""},
	"tables in lists of choices": {func() string { return inHTML(strings.Repeat("<select><table>", 40_000)) }, ""},
	"XHTML of many parts": {func() string {
		return inEntry(`<content type="xhtml">` + strings.Repeat("<div>x</div>", 80_000) + "</content>")
	}, ""},
}
