package cli

import (
	"context"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"

	"sluice/config"
)

type opmlCmd struct {
	Import opmlImportCmd `cmd:"" help:"Print the feeds of an OPML file as source blocks to paste. Changes nothing."`
	Export opmlExportCmd `cmd:"" help:"Print the sources as OPML 2.0, without secrets."`
}

type opmlExportCmd struct{}

// opmlDoc is OPML 2.0 as far as subscription lists need it.
type opmlDoc struct {
	XMLName xml.Name      `xml:"opml"`
	Version string        `xml:"version,attr"`
	Title   string        `xml:"head>title"`
	Feeds   []opmlOutline `xml:"body>outline"`
}

type opmlOutline struct {
	Type     string `xml:"type,attr"`
	Text     string `xml:"text,attr"`
	Title    string `xml:"title,attr,omitempty"`
	XMLURL   string `xml:"xmlUrl,attr"`
	Category string `xml:"category,attr,omitempty"`
}

// Run prints the sources. Their text is the configured name, so that an import
// elsewhere and back keeps it; a configured title goes beside it.
func (*opmlExportCmd) Run(_ context.Context, r *run) error {
	cfg, err := r.load()
	if err != nil {
		return err
	}
	doc := opmlDoc{Version: "2.0", Title: "sluice sources"}
	for _, s := range cfg.Sources {
		doc.Feeds = append(doc.Feeds, outline(s))
	}
	out, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return fmt.Errorf("opml: %w", err)
	}
	_, err = fmt.Fprintf(r.env.Stdout, "%s%s\n", xml.Header, referenced(out))
	return err
}

// referenced writes the letters of an XML document that cannot be seen, and could act on a
// terminal, as references: they may stand in values alone.
func referenced(doc []byte) []byte {
	var out []byte
	for len(doc) > 0 {
		r, size := utf8.DecodeRune(doc)
		if r == '\n' || isVisible(r, size) {
			out = append(out, doc[:size]...)
		} else {
			out = fmt.Appendf(out, "&#x%X;", r)
		}
		doc = doc[size:]
	}
	return out
}

func outline(s config.Source) opmlOutline {
	src := s.Feed()
	return opmlOutline{
		Type: "rss", Text: string(src.Name), Title: src.Title, XMLURL: s.URL.Bare(), Category: strings.Join(src.Tags, ","),
	}
}
