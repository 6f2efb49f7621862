package parse_test

import (
	"strings"
	"testing"

	"sluice/feed"
	"sluice/ingest/parse"
)

// shown writes an extension in short: its name, its text, and in brackets what is in it.
func shown(x feed.Extension) string {
	s := x.Name + "=" + x.Text
	for _, inner := range x.Elements {
		s += " [" + shown(inner) + "]"
	}
	return s
}

// TestMarkupInTextsOfOtherVocabulariesIsTheirText has elements where a vocabulary has
// nothing but text: what they say is part of that text, and none of them is passed on.
func TestMarkupInTextsOfOtherVocabulariesIsTheirText(t *testing.T) {
	const spaces = ` xmlns:a="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"` +
		` xmlns:m="http://search.yahoo.com/mrss/" xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:h="http://www.w3.org/1999/xhtml"`
	for name, tt := range map[string]struct{ item, want, warned string }{
		"a text construct with XHTML": {
			`<a:rights type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Free <b>to</b> use</div></a:rights>`, "rights=Free to use", "",
		},
		"XHTML with a prefix": {`<a:rights type="xhtml"><h:div>Free <h:b>to</h:b> use</h:div></a:rights>`, "rights=Free to use", ""},
		"a construct within its like": {
			`<a:rights>Free<a:rights>All reserved</a:rights></a:rights>`, "rights=Free All reserved", "inline-markup",
		},
		"a construct without its end":        {`<a:rights>Free<a:rights>Reserved</a:rights>`, "rights=Free; rights=Reserved", "markup-mended"},
		"a name with markup":                 {`<a:contributor><a:name>Cleo <b>x</b><a:name>Bo</a:name></a:name></a:contributor>`, "contributor= [name=Cleo x Bo]", "inline-markup"},
		"a person within a person":           {`<a:contributor><a:contributor><a:name>Bo</a:name></a:contributor><a:name>Cleo</a:name></a:contributor>`, "contributor= [name=Cleo]", ""},
		"a part of a person alone":           {`<a:name>Cleo</a:name><dc:rights>x</dc:rights>`, "rights=x", ""},
		"letters that are marked":            {`<dc:publisher>Har<i>bour</i> office</dc:publisher>`, "publisher=Harbour office", "inline-markup"},
		"a title within a group":             {`<m:group><m:title>A <em>film</em></m:title></m:group>`, "group= [title=A film]", "inline-markup"},
		"markup that is escaped, as before":  {`<m:copyright>&lt;b&gt;All&lt;/b&gt; reserved</m:copyright>`, "copyright=All reserved", ""},
		"a section that is, as before":       {`<m:copyright><![CDATA[<b>All</b> reserved]]></m:copyright>`, "copyright=All reserved", ""},
		"elements of a place for text alone": {`<i:title>One<i:season>2</i:season></i:title>`, "title=One 2", "inline-markup"},
		"a group within a group":             {`<m:group><m:group><m:title>x</m:title></m:group><m:title>y</m:title></m:group>`, "group= [title=y]", ""},
	} {
		t.Run(name, func(t *testing.T) {
			body := `<rss version="2.0"` + spaces + `><channel><title>T</title><item><title>one</title><guid>1</guid>` + tt.item + `</item></channel></rss>`
			doc, err := parse.Parse([]byte(body), parse.Meta{Source: "s"})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range doc.Articles[0].Extensions {
				got = append(got, shown(x))
			}
			if s := strings.Join(got, "; "); s != tt.want {
				t.Errorf("%s, want %s", s, tt.want)
			}
			for _, kind := range strings.Fields(tt.warned) {
				if doc.Warnings[kind] == 0 {
					t.Errorf("no warning %s in %v", kind, doc.Warnings)
				}
			}
			if len(doc.Warnings) != len(strings.Fields(tt.warned)) {
				t.Errorf("warnings %v, want %s", doc.Warnings, tt.warned)
			}
		})
	}
}

// TestTextsThatOtherVocabulariesGiveKeepTheirMarkup has texts of an article that other
// vocabularies give, with HTML that is not escaped.
func TestTextsThatOtherVocabulariesGiveKeepTheirMarkup(t *testing.T) {
	const spaces = ` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"`
	for name, tt := range map[string]struct{ item, want string }{
		"a summary of iTunes":        {`<title>x</title><itunes:summary><p>A <b>tide</b>.</p></itunes:summary>`, "x | <p>A <b>tide</b>.</p>"},
		"a description of Media RSS": {`<title>x</title><media:description type="html"><p>A <b>tide</b>.</p></media:description>`, "x | <p>A <b>tide</b>.</p>"},
		"a description of a group":   {`<title>x</title><media:group><media:description>A <b>tide</b>.</media:description></media:group>`, "x | A <b>tide</b>."},
		"a title of Dublin Core":     {`<dc:title>A <b>tide</b></dc:title>`, "A tide"},
		"an author of RSS":           {`<title>x</title><author><b>Ada</b> &amp; <i>Bo</i></author>`, "x | Ada & Bo"},
		"a creator":                  {`<title>x</title><dc:creator><span>Ada</span> Lund</dc:creator>`, "x | Ada Lund"},
		"a subject":                  {`<title>x</title><dc:subject>the <i>sea</i></dc:subject>`, "x | the sea"},
		"a creator without its end":  {`<dc:creator>Ada<title>x</title><guid>1</guid>`, "x | 1 | Ada"},
	} {
		t.Run(name, func(t *testing.T) {
			body := `<rss version="2.0"` + spaces + `><channel><title>T</title><item>` + tt.item + `</item></channel></rss>`
			doc, err := parse.Parse([]byte(body), parse.Meta{Source: "s"})
			if err != nil {
				t.Fatal(err)
			}
			if got := brief(doc.Articles); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
