// Package configtest writes configurations of very many sources, in the forms in which
// people and programs write them.
package configtest

import (
	"bytes"
	"fmt"
)

// Many is a configuration of many sources. The same values give the same bytes.
type Many struct {
	Sources int
	// Address is where a source is polled, counted from 0; nil: at a host of its own.
	Address func(i int) string
	// Head stands before the sources, and Tail behind them: whole keys with their values.
	Head, Tail string
}

// folders are how readers' lists are sorted, and become tags.
var folders = [...]string{"news", "world", "tech", "science", "local, sports", "music", "films", "cooking", "comics", "friends"}

func (m Many) address(i int) string {
	if m.Address != nil {
		return m.Address(i)
	}
	switch i % 4 {
	case 0:
		return fmt.Sprintf("https://www.blog-%d.example/feed/", i)
	case 1:
		return fmt.Sprintf("https://site-%d.example/index.xml", i)
	case 2:
		return fmt.Sprintf("https://news.publisher-%d.example/rss/section-%d.xml?format=full", i/10, i)
	}
	return fmt.Sprintf("http://feeds.example-%d.test/~r/posts-%d", i/100, i)
}

// Name is what a source is called.
func (m Many) Name(i int) string { return fmt.Sprintf("source-%05d", i) }

// YAML writes the configuration: of ten sources six as "opml import" prints them, three
// on a line of their own as people write them, and one with more to say.
func (m Many) YAML() []byte {
	var b bytes.Buffer
	b.WriteString(m.Head)
	b.WriteString("sources:\n")
	for i := range m.Sources {
		name, address, folder := m.Name(i), m.address(i), folders[i/7%len(folders)]
		switch i % 10 {
		case 3, 6:
			fmt.Fprintf(&b, "  - {name: %s, url: %q}\n", name, address)
		case 8:
			fmt.Fprintf(&b, "  - {name: %s, url: '%s', tags: [%s]}\n", name, address, folder)
		case 9:
			fmt.Fprintf(&b, "  # asked for by a reader\n  - name: %s\n    url: %s\n    title: \"The Blog No. %d\"\n    interval: 2h\n", name, address, i)
			fmt.Fprintf(&b, "    tags: [%s, slow]\n    identity: guid\n", folder)
		default:
			fmt.Fprintf(&b, "  - name: %s\n    url: %s\n    tags: [%s]\n", name, address, folder)
		}
	}
	b.WriteString(m.Tail)
	return b.Bytes()
}

// OPML writes the sources as a list that a reader exports, a folder for a hundred of them.
func (m Many) OPML() []byte {
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head><title>Subscriptions</title></head>\n  <body>\n")
	for i := range m.Sources {
		if i%100 == 0 {
			if i > 0 {
				b.WriteString("    </outline>\n")
			}
			fmt.Fprintf(&b, "    <outline text=\"Folder %d\">\n", i/100%37)
		}
		fmt.Fprintf(&b, "      <outline type=\"rss\" text=\"The Blog No. %d\" xmlUrl=\"%s\" htmlUrl=\"https://www.blog-%d.example/\"/>\n", i, m.address(i), i)
	}
	if m.Sources > 0 {
		b.WriteString("    </outline>\n")
	}
	b.WriteString("  </body>\n</opml>\n")
	return b.Bytes()
}
