package farm

import (
	"bytes"
	"fmt"
	"html"
	"math/rand/v2"
	"strings"
	"time"
)

// epoch is when the oldest item of every feed was published.
var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// item is the n-th item that a feed ever had. Its text follows from the seed,
// the feed, its number and its revision, and is kept nowhere.
type item struct {
	no       int
	revision int
}

// vocabulary is an invented language whose words are as unevenly frequent as
// real ones, so that a feed compresses as real ones do.
type vocabulary []string

func newVocabulary() vocabulary {
	onsets := []string{"b", "br", "c", "ch", "d", "f", "g", "gr", "h", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "th", "v", "w"}
	rhymes := []string{"a", "e", "i", "o", "u", "an", "en", "er", "in", "on", "or", "at", "est", "ing", "ound", "ea"}
	rng := rand.New(rand.NewPCG(1, 1)) // the language is the same in every farm
	words := make(vocabulary, 6000)
	for i := range words {
		var w strings.Builder
		for range 1 + rng.IntN(2) + i/2000 {
			w.WriteString(onsets[rng.IntN(len(onsets))])
			w.WriteString(rhymes[rng.IntN(len(rhymes))])
		}
		words[i] = w.String()
	}
	return words
}

// word draws one: low numbers much more often than high ones.
func (v vocabulary) word(rng *rand.Rand) string {
	x := rng.Float64()
	return v[int(x*x*x*float64(len(v)))]
}

func (v vocabulary) words(rng *rand.Rand, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = v.word(rng)
	}
	return strings.ToUpper(list[0][:1]) + strings.Join(list, " ")[1:]
}

// article writes HTML of roughly the given length: paragraphs with links and
// emphasis, a picture, a list, a quotation.
func (v vocabulary) article(rng *rand.Rand, length int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<p><img src="https://media.example/%x.jpg" width="640" height="360" alt="%s"></p>`+"\n", rng.Uint64(), v.words(rng, 4))
	for b.Len() < length {
		switch rng.IntN(8) {
		case 0:
			fmt.Fprintf(&b, "<ul><li>%s</li><li>%s</li></ul>\n", v.words(rng, 6), v.words(rng, 8))
		case 1:
			fmt.Fprintf(&b, "<blockquote><p>&ldquo;%s.&rdquo;</p></blockquote>\n", v.words(rng, 18))
		default:
			fmt.Fprintf(&b, `<p>%s, <a href="https://news.example/%s/%d">%s</a> %s. %s <em>%s</em> &amp; %s.</p>`+"\n",
				v.words(rng, 12), v.word(rng), rng.IntN(1e6), v.words(rng, 3), v.words(rng, 14),
				v.words(rng, 16), v.word(rng), v.words(rng, 9))
		}
	}
	return b.String()
}

// render writes the feed: RSS 2.0 with CDATA where its number is even, else
// Atom 1.0 with escaped HTML.
func render(opt Options, v vocabulary, d *document) []byte {
	var b bytes.Buffer
	site := fmt.Sprintf("https://site-%d.example", d.no)
	title := fmt.Sprintf("Feed %d", d.no)
	length := opt.Bytes/opt.Items - 700 // what surrounds the text of an item
	if d.no%2 == 1 {
		length -= length / 8 // escaping makes it longer
	}
	newest := epoch.Add(time.Duration(d.next) * time.Hour)
	if d.no%2 == 0 {
		fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>%s</title><link>%s/</link><description>%s</description><lastBuildDate>%s</lastBuildDate>
`, title, site, title, newest.Format(time.RFC1123Z))
	} else {
		fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>%s</title><id>%s/</id><link href="%s/"/><updated>%s</updated>
`, title, site, site, newest.Format(time.RFC3339))
	}
	for _, it := range d.items {
		v.item(&b, opt.Seed, d.no, it, site, length)
	}
	if d.no%2 == 0 {
		b.WriteString("</channel></rss>\n")
	} else {
		b.WriteString("</feed>\n")
	}
	return b.Bytes()
}

func (v vocabulary) item(b *bytes.Buffer, seed uint64, feed int, it item, site string, length int) {
	rng := rand.New(rand.NewPCG(seed, uint64(feed)<<32|uint64(it.no)))
	title, summary := v.words(rng, 5+rng.IntN(5)), v.words(rng, 24)
	text := v.article(rng, length/2+rng.IntN(max(length, 1)))
	published := epoch.Add(time.Duration(it.no) * time.Hour)
	updated := published.Add(time.Duration(it.revision) * time.Minute)
	if it.revision > 0 {
		text += fmt.Sprintf("<p>Correction %d: %s.</p>\n", it.revision, v.words(rng, 20))
	}
	link, id := fmt.Sprintf("%s/%d/%s", site, it.no, v.word(rng)), fmt.Sprintf("tag:site-%d.example,2025:%d", feed, it.no)
	author, category := v.words(rng, 2), v.word(rng)
	if feed%2 == 0 {
		fmt.Fprintf(b, "<item><title>%s</title><link>%s</link><guid isPermaLink=\"false\">%s</guid><pubDate>%s</pubDate>"+
			"<dc:creator>%s</dc:creator><category>%s</category><description>%s</description>"+
			"<content:encoded><![CDATA[%s]]></content:encoded></item>\n",
			title, link, id, published.Format(time.RFC1123Z), author, category, summary, text)
		return
	}
	fmt.Fprintf(b, "<entry><title>%s</title><link href=\"%s\"/><id>%s</id><published>%s</published><updated>%s</updated>"+
		"<author><name>%s</name></author><category term=\"%s\"/><summary>%s</summary>"+
		"<content type=\"html\">%s</content></entry>\n",
		title, link, id, published.Format(time.RFC3339), updated.Format(time.RFC3339), author, category, summary, html.EscapeString(text))
}
