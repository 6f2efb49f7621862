package parse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"
)

// sample is a feed of 50 items and about 110 KB, like a newspaper's.
func sample(atom bool) string {
	var b strings.Builder
	if atom {
		b.WriteString(`<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>urn:x:feed</id>` +
			`<link href="https://example.org/"/><updated>2026-11-02T10:00:00Z</updated>`)
	} else {
		b.WriteString(`<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" ` +
			`xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>T</title>` +
			`<link>https://example.org/</link><description>d</description>`)
	}
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	for i := range 50 {
		var text strings.Builder
		for n := range 5 {
			fmt.Fprintf(&text, "<p>The council of town %d decided on matter %d after a <b>long</b> debate, and "+
				"<a href=\"https://example.org/n/%d-%d\">the report</a> says that nothing of it will be done before the coming "+
				"spring. Several speakers disagreed with what was said there, among them the mayor, who spoke for an hour about "+
				"the bridge and about its costs over the years.</p>\n", i, n, i, n)
		}
		fmt.Fprintf(&text, `<img src="/img/%d.jpg" alt="x"/><ul><li>one</li><li>two &amp; three</li></ul>`, i)
		if atom {
			fmt.Fprintf(&b, `<entry><title>News %d</title><link href="https://example.org/n/%d"/><id>https://example.org/n/%d</id>`+
				`<published>2026-11-02T10:%02d:00Z</published><updated>2026-11-02T10:%02d:00Z</updated><author><name>A B</name></author>`+
				`<category term="x"/><summary>short text of %d</summary><content type="html">%s</content></entry>`,
				i, i, i, i, i, i, escape.Replace(text.String()))
			continue
		}
		fmt.Fprintf(&b, "<item><title>News %d</title><link>https://example.org/n/%d</link><guid>https://example.org/n/%d</guid>"+
			"<pubDate>Mon, 02 Nov 2026 10:%02d:00 GMT</pubDate><dc:creator>A B</dc:creator><category>x</category>"+
			"<description>short text of %d</description><content:encoded><![CDATA[%s]]></content:encoded></item>\n",
			i, i, i, i, i, text.String())
	}
	if atom {
		return b.String() + "</feed>"
	}
	return b.String() + "</channel></rss>"
}

// BenchmarkBesideGofeed compares all that Parse does with gofeed alone.
func BenchmarkBesideGofeed(b *testing.B) {
	for name, atom := range map[string]bool{"rss": false, "atom": true} {
		text := sample(atom)
		b.Run(name+"/gofeed", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := gofeed.NewParser().ParseString(text); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/parse", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parseAt([]byte(text), "https://example.org/feed"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
