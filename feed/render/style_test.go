package render_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"sluice/feed/render"
)

// instructions parses a document whole and returns its processing instructions.
func instructions(t *testing.T, doc []byte) (found []string) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(doc))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("%v in %s", err, doc)
		}
		if p, ok := token.(xml.ProcInst); ok && p.Target != "xml" {
			found = append(found, p.Target+" "+string(p.Inst))
		}
	}
}

func TestAStyleIsOneInstructionWhateverItsAddress(t *testing.T) {
	tests := map[string]struct{ style, want string }{
		"none":                  {"", ""},
		"a path":                {"/feeds/style.css", `href="/feeds/style.css"`},
		"a query":               {"/s.css?a=1&b", `href="/s.css?a=1&amp;b"`},
		"an end of instruction": {`/"?><x a="`, `href="/&quot;?&gt;&lt;x a=&quot;"`},
		"control characters":    {"/a\x00\nb", `href="/a&#10;b"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, format := range []string{"rss", "atom"} {
				f := bare(plain())
				f.Style = tt.style
				doc, err := formats[format](f)
				if err != nil {
					t.Fatal(err)
				}
				got := strings.Join(instructions(t, doc), "\n")
				want := ""
				if tt.want != "" {
					want = `xml-stylesheet type="text/css" ` + tt.want
				}
				if got != want {
					t.Errorf("%s: got %q, want %q", format, got, want)
				}
			}
		})
	}
}

func TestJSONFeedHasNoStyle(t *testing.T) {
	f := bare(plain())
	with, err := render.JSON(f)
	if err != nil {
		t.Fatal(err)
	}
	f.Style = ""
	without, err := render.JSON(f)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(with, without) {
		t.Errorf("got %s", with)
	}
}
