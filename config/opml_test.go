package config_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"sluice/config"
	"sluice/feed"
	"sluice/feed/fuzztest"

	"github.com/google/go-cmp/cmp"
)

func TestFeedsOfAListAreReadHoweverItIsWritten(t *testing.T) {
	type feeds []config.Outline
	for name, tc := range map[string]struct {
		body string
		want feeds
	}{
		"plain":                      {`<outline text="A" type="rss" xmlUrl="https://a.example/"/>`, feeds{{Text: "A", URL: "https://a.example/"}}},
		"title instead of text":      {`<outline title="A" xmlUrl="https://a.example/"/>`, feeds{{Text: "A", URL: "https://a.example/"}}},
		"an attribute in small case": {`<OUTLINE TEXT="A" xmlurl="https://a.example/"/>`, feeds{{Text: "A", URL: "https://a.example/"}}},
		"folders are tags": {
			`<outline text="News"><outline title="World"><outline text="A" xmlUrl="u"/></outline><outline text="B" xmlUrl="v"/></outline><outline text="C" xmlUrl="w"/>`,
			feeds{{Text: "A", URL: "u", Tags: []string{"News", "World"}}, {Text: "B", URL: "v", Tags: []string{"News"}}, {Text: "C", URL: "w"}},
		},
		"categories are tags":         {`<outline text="A" xmlUrl="u" category="/Tech/It, x,x"/>`, feeds{{Text: "A", URL: "u", Tags: []string{"Tech/It", "x"}}}},
		"a folder's comma":            {`<outline text="a, b"><outline text="A" xmlUrl="u"/></outline>`, feeds{{Text: "A", URL: "u", Tags: []string{"a  b"}}}},
		"a feed within a feed":        {`<outline text="A" xmlUrl="u"><outline text="B" xmlUrl="v"/></outline>`, feeds{{Text: "A", URL: "u"}, {Text: "B", URL: "v"}}},
		"a bare ampersand":            {`<outline text="A & B" xmlUrl="https://a.example/?a=1&b=2"/>`, feeds{{Text: "A & B", URL: "https://a.example/?a=1&b=2"}}},
		"an entity of HTML":           {`<outline text="Caf&eacute;" xmlUrl="u"/>`, feeds{{Text: "Café", URL: "u"}}},
		"no feed":                     {`<outline text="A" type="link" url="https://a.example/"/>`, nil},
		"nothing":                     {``, nil},
		"folders that do not end":     {`<outline text="A"><outline text="B" xmlUrl="u">`, feeds{{Text: "B", URL: "u", Tags: []string{"A"}}}},
		"line breaks in an attribute": {"<outline text=\"A\n  B\" xmlUrl=\" u \"/>", feeds{{Text: "A B", URL: "u"}}},
	} {
		got, err := config.ReadOPML(strings.NewReader(`<?xml version="1.0"?><opml version="2.0"><body>` + tc.body + `</body></opml>`))
		for i := range got {
			if got[i].Line < 1 || got[i].Col < 1 {
				t.Errorf("%s: at %d:%d", name, got[i].Line, got[i].Col)
			}
			got[i].Line, got[i].Col = 0, 0
		}
		if diff := cmp.Diff(tc.want, feeds(got)); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	for name, text := range map[string]string{
		"a mark of UTF-8":             "\xef\xbb\xbf" + `<?xml version="1.0" encoding="utf-8"?>` + list,
		"a mark rules":                "\xef\xbb\xbf" + `<?xml version="1.0" encoding="windows-1252"?>` + list,
		"UTF-16, the low byte first":  utf16Of(`<?xml version="1.0" encoding="utf-16"?>`+list, binary.LittleEndian),
		"UTF-16, the high byte first": utf16Of(`<?xml version="1.0" encoding="UTF-16"?>`+list, binary.BigEndian),
		"what follows the list":       list + `<outline text="B" xmlUrl="v"/>`,
	} {
		if got, err := config.ReadOPML(strings.NewReader(text)); err != nil || len(got) != 1 || got[0].Text != "Café" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	latin := "<?xml version=\"1.0\" encoding=\"windows-1252\"?><opml><body><outline text=\"Caf\xe9\" xmlUrl=\"u\"/></body></opml>"
	if got, err := config.ReadOPML(strings.NewReader(latin)); err != nil || len(got) != 1 || got[0].Text != "Café" {
		t.Errorf("another encoding: %+v, %v", got, err)
	}
}

const list = `<opml><body><outline text="Café" xmlUrl="u"/></body></opml>`

func utf16Of(text string, order binary.AppendByteOrder) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

// A program that writes its list anew while it is read must not seem to have taken
// feeds out.
func TestAListThatWasCutIsRefusedWhereverItEnds(t *testing.T) {
	whole := `<?xml version="1.0"?><opml version="2.0"><body><outline text="F"><outline text="A" xmlUrl="u"/></outline></body></opml>`
	for n := range whole {
		if got, err := config.ReadOPML(strings.NewReader(whole[:n])); err == nil {
			t.Errorf("%q: %v", whole[:n], got)
		}
	}
	if got, err := config.ReadOPML(strings.NewReader(whole)); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestManyFeedsOfOneNameGetNumbersInOrder(t *testing.T) {
	taken := config.Names{"x-3": 1}
	var last feed.SourceID
	for range 100_000 { // a search from the first number on would take minutes
		last = taken.New("X", "")
	}
	if last != "x-100001" || len(taken) != 100_001 {
		t.Errorf("the last of %d is %s", len(taken), last)
	}
}

func TestAFeedHasAHundredTagsAtMost(t *testing.T) {
	var categories strings.Builder
	for n := range 200_000 {
		fmt.Fprintf(&categories, "c%d,", n)
	}
	got, err := config.ReadOPML(strings.NewReader(`<opml><body><outline xmlUrl="u" category="` + categories.String() + `"/></body></opml>`))
	if err != nil || len(got) != 1 || len(got[0].Tags) != 100 || got[0].Tags[99] != "c99" {
		t.Errorf("%d feeds, %v", len(got), err)
	}
}

func TestWhatIsNoListIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":          "",
		"another document": `<rss version="2.0"><channel/></rss>`,
		"text":             "feeds",
		"an end alone":     "</opml>",
		"too deep":         "<opml>" + strings.Repeat(`<outline text="a">`, 200),
		"cut in a tag":     `<opml><body><outline text="a`,
	} {
		if got, err := config.ReadOPML(strings.NewReader(text)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// endless is a list that never ends, and counts what was read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

func TestAListWithoutAnEndIsReadAsFarAsItsLimit(t *testing.T) {
	const limit = 16 << 20
	e := &endless{}
	got, err := config.ReadOPML(e)
	place, ok := errors.AsType[*config.OPMLError](err)
	if got != nil || !ok || place.Message != "is larger than 16 MiB" {
		t.Errorf("%v, %v", got, err)
	}
	if e.read > limit+1 {
		t.Errorf("%d bytes were read", e.read)
	}
	full := "<opml><body><outline xmlUrl='u'/></body></opml>"
	if got, err := config.ReadOPML(strings.NewReader(full + strings.Repeat(" ", limit-len(full)))); err != nil || len(got) != 1 {
		t.Errorf("a list of just the limit: %v, %v", got, err)
	}
}

func FuzzReadOPML(f *testing.F) {
	f.Add([]byte(`<opml><body><outline text="A"><outline xmlUrl="u" category="x,y"/></outline></body></opml>`))
	f.Add([]byte("<?xml version='1.0' encoding='utf-16'?><opml><outline xmlurl='&#0;'>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer fuzztest.Within(t, len(data), fuzztest.Cost{Bytes: 4 << 20, Each: 1 << 10})()
		feeds, err := config.ReadOPML(bytes.NewReader(data))
		if err != nil && feeds != nil {
			t.Error("feeds beside an error")
		}
		taken := config.Names{}
		for _, o := range feeds {
			if name := taken.New(o.Text, o.URL); name == "" || len(name) > 64 {
				t.Errorf("name %q", name)
			}
			if address, problem := config.OutlineURL(o); (address == "") == (problem == "") {
				t.Errorf("%q: address %q, problem %q", o.URL, address, problem)
			}
		}
	})
}

// listed is a configuration that follows two lists.
func listed(t *testing.T, first, second, more string) (*config.Config, error) {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for i, body := range []string{first, second} {
		path := filepath.Join(dir, string(rune('a'+i))+".opml")
		if body != "" {
			if err := os.WriteFile(path, []byte("<opml version=\"2.0\"><body>\n"+body+"\n</body></opml>"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		paths = append(paths, path)
	}
	text := "sources_opml: [" + strings.Join(paths, ", ") + "]\n" + more
	return config.Parse("c.yaml", []byte(text), func(string) (string, bool) { return "", false })
}

func TestFeedsOfFollowedListsAreSources(t *testing.T) {
	c, err := listed(t,
		`<outline text="My Feeds"><outline text="The News!" xmlUrl="https://news.example/rss"/>
		<outline text="" xmlUrl="https://www.host.example/rss"/></outline>
		<outline text="Own" xmlUrl="https://own.example/"/>`,
		`<outline text="the news" xmlUrl="https://other.example/rss"/><outline text="Twice"><outline text="x" xmlUrl="https://news.example/rss"/></outline>
		<outline text="A file" xmlUrl="file:///etc/passwd"/>`,
		"sources:\n  - {name: mine, url: \"https://own.example/\", was: [host-example]}\noutputs:\n  - {name: all, from: [\"tag:My Feeds\", the-news-2]}\n")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range c.Sources {
		src := s.Feed()
		got[string(src.Name)] = src.URL + " " + strings.Join(src.Tags, "+")
		if src.ByAddress != (src.Name != "mine") || s.Keep == nil || src.Interval != c.Ingest.Interval {
			t.Errorf("%s: %+v", src.Name, src)
		}
	}
	want := map[string]string{
		"mine": "https://own.example/ ", "the-news": "https://news.example/rss My Feeds+Twice",
		"host-example-2": "https://www.host.example/rss My Feeds", "the-news-2": "https://other.example/rss ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"host-example-2", "the-news", "the-news-2"}, sortedNames(c)); diff != "" {
		t.Errorf("sources of the output (-want +got):\n%s", diff)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].String(), "b.opml:3:") || !strings.Contains(c.Warnings[0].Message, "left out") {
		t.Errorf("warnings %v", c.Warnings)
	}
}

func sortedNames(c *config.Config) []string {
	var names []string
	for _, name := range c.Outputs[0].Sources {
		names = append(names, string(name))
	}
	slices.Sort(names)
	return names
}

func TestAListThatCannotBeReadIsAProblemAtItsPlace(t *testing.T) {
	_, err := listed(t, `<outline text="A" xmlUrl="https://a.example/"/>`, `<outline text="B" xmlUrl="`, "")
	if err == nil || !strings.Contains(err.Error(), "b.opml:2:1: sources_opml[1]: the list is no XML from here on") {
		t.Errorf("%v", err)
	}
	_, err = listed(t, `<outline text="A" xmlUrl="https://a.example/"/>`, "", "")
	if err == nil || !strings.HasPrefix(err.Error(), "c.yaml:1:") || !strings.Contains(err.Error(), "sources_opml[1]: the list cannot be read: no such file") {
		t.Errorf("%v", err)
	}
}

func TestSecretsOfAListAreNotShown(t *testing.T) {
	c, err := listed(t, `<outline text="A" xmlUrl="https://me:CANARY@a.example/?token=CANARY"/><outline text="B" xmlUrl="htp://me:CANARY@b.example"/>`,
		`<outline text="C" xmlUrl="CANARY.example/?token=CANARY"/>`, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) != 1 || len(c.Warnings) != 3 { // two, and that there are no outputs
		t.Fatalf("%d sources, warnings %v", len(c.Sources), c.Warnings)
	}
	shown := c.Sources[0].URL.Public() + c.Sources[0].URL.Bare() + c.Warnings[0].String() + c.Warnings[1].String()
	if strings.Contains(shown, "CANARY") {
		t.Error(shown)
	}
}

func TestAFeedThatIsCalledOtherwiseInItsListWasRenamed(t *testing.T) {
	before, err := listed(t, `<outline text="A" xmlUrl="https://a.example/"/><outline text="B" xmlUrl="https://b.example/"/>`, `<outline text="C" xmlUrl="https://c.example/"/>`, "")
	if err != nil {
		t.Fatal(err)
	}
	after, err := listed(t, `<outline text="Ah" xmlUrl="https://a.example/"/><outline text="B" xmlUrl="https://b.example/"/>`, `<outline text="D" xmlUrl="https://d.example/"/>`, "")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(config.Diff(before, after), "; ")
	for _, want := range []string{"source ah: renamed, was a", "source d: added", "source c: removed"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s; want %s", got, want)
		}
	}
	if strings.Contains(got, "source a:") || strings.Contains(got, "source b:") {
		t.Error(got)
	}
}
