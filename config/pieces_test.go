package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sluice/config/configtest"
	"sluice/feed/filter"
	"sluice/feed/fuzztest"
)

// told is a configuration with its rules as texts: compiled ones cannot be compared.
type told struct {
	Config
	Rules, Shown []string
}

func tell(c *Config) told {
	flat := told{Config: *c}
	add := func(keep *filter.Filter) *filter.Filter {
		flat.Rules, flat.Shown = append(flat.Rules, keep.Rule()), append(flat.Shown, keep.Public())
		return nil
	}
	flat.Sources, flat.Outputs = append([]Source(nil), c.Sources...), append([]Output(nil), c.Outputs...)
	for i := range flat.Sources {
		flat.Sources[i].Keep = add(flat.Sources[i].Keep)
	}
	for i := range flat.Outputs {
		flat.Outputs[i].Keep = add(flat.Outputs[i].Keep)
	}
	return flat
}

// inBothWays reads a text in pieces of each element and of some bytes, and as a whole. What
// was read in pieces must be what the whole says; it reports whether it was.
func inBothWays(t *testing.T, text string) (inPieces bool) {
	t.Helper()
	env := func(name string) (string, bool) { return "https://" + strings.ToLower(name) + ".example/", true }
	for _, size := range []int{1, 100} {
		got, err := newFile("c.yaml", []byte(text), env).inPieces(size)
		if err != nil {
			t.Fatal(err)
		}
		if got == nil {
			return false
		}
		want, err := newFile("c.yaml", []byte(text), env).whole()
		if err != nil {
			t.Fatalf("in pieces it is good, and as a whole: %v\n%s", err, text)
		}
		if !reflect.DeepEqual(tell(got), tell(want)) {
			t.Fatalf("in pieces of %d: %+v\nas a whole: %+v\n%s", size, tell(got), tell(want), text)
		}
	}
	return true
}

const (
	piecesHead = "server: {listen: \"127.0.0.1:0\"}\n"
	piecesTail = "outputs:\n- {name: all}\n"
)

func TestListsThatAreReadInPieces(t *testing.T) {
	one, two := "name: one, url: http://one.example/", "name: two, url: http://two.example/"
	for name, list := range map[string]string{
		"in braces":                    "sources:\n  - {" + one + "}\n  - {" + two + "}\n",
		"at the left":                  "sources:\n- {" + one + "}\n- {" + two + "}\n",
		"with comments":                "sources: # mine\n# first\n\n    # more\n  - {" + one + "} # this\n# second\n  - {" + two + "}\n  # end\n",
		"line ends of another system":  "sources:\r\n  - {" + one + "}\r\n  - {" + two + "}\r\n",
		"a dash in a line of its own":  "sources:\n  -\n    name: one\n    url: http://one.example/\n  -\n    {" + two + "}\n",
		"lists in elements":            "sources:\n- name: one\n  url: http://one.example/\n  tags:\n  - a\n  - b\n- {" + two + "}\n",
		"a dash in a text of lines":    "sources:\n- name: one\n  url: http://one.example/\n  title: >-\n    a\n    - b\n- {" + two + "}\n",
		"a text that goes on":          "sources:\n  - name: one\n    url: http://one.example/\n    title: a\n     - b\n  - {" + two + "}\n",
		"an anchor within an element":  "sources:\n  - {" + one + ", tags: [&a x, *a]}\n  - {" + two + "}\n",
		"rules, variables and headers": "sources:\n  - {" + one + ", keep: '\"a\" in categories', headers: {X-Key: \"${KEY}\"}}\n  - {name: two, url: \"${TWO}\", keep: '\"a\" in categories'}\n",
	} {
		t.Run(name, func(t *testing.T) {
			for _, text := range []string{piecesHead + list + piecesTail, list + piecesTail, piecesTail + list, strings.TrimSuffix(piecesTail+list, "\n")} {
				if !inBothWays(t, text) {
					t.Errorf("it is read whole:\n%s", text)
				}
			}
		})
	}
}

func TestListsThatAreReadWhole(t *testing.T) {
	one, two := "name: one, url: http://one.example/", "name: two, url: http://two.example/"
	for name, text := range map[string]string{
		"in brackets":                     "sources: [{" + one + "}]\n",
		"in brackets below":               "sources:\n  [{" + one + "}]\n",
		"in brackets below a comment":     "sources:\n\n  # mine\n  [{" + one + "}]\n",
		"comments alone":                  "sources:\n  # none\noutputs: []\n",
		"none":                            "outputs: []\n",
		"without a value":                 "sources:\n",
		"without an end of the line":      "sources:",
		"an anchor of another element":    "sources:\n  - {" + one + ", tags: [&a x]}\n  - {" + two + ", tags: [*a]}\n",
		"an anchor of another block":      "ingest: {user_agent: &a x}\nsources:\n  - {" + one + ", title: *a}\n",
		"an anchor for another block":     "sources:\n  - {" + one + ", title: &a x}\noutputs:\n  - {name: all, title: *a}\n",
		"a directive":                     "%YAML 1.2\n---\nsources:\n  - {" + one + "}\n",
		"a second document":               "sources:\n  - {" + one + "}\n---\nsources: []\n",
		"a second document in the list":   "sources:\n  - {" + one + "}\n--- \n  - {" + two + "}\n",
		"the key twice":                   "sources:\n  - {" + one + "}\nsources:\n  - {" + two + "}\n",
		"the key in a text":               "ingest:\n  user_agent: \"\nsources:\n  - x\n  \"\nsources:\n  - {" + one + "}\n",
		"quotes across elements":          "sources:\n  - {" + one + ", title: \"a\n  - b\"}\n",
		"quotes across the end":           "sources:\n  - {" + one + ", title: \"a\noutputs:\n  b\"}\n",
		"brackets across elements":        "sources:\n  - {" + one + ", tags: [a,\n  - b]}\n",
		"elements that are not in a line": "sources:\n  - {" + one + "}\n - {" + two + "}\n",
		"keys among the elements":         "sources:\n  - {" + one + "}\n  two: {" + two + "}\n",
		"a tag":                           "sources:\n  - {" + one + ", title: !x y}\n",
		"a problem":                       "sources:\n  - {" + one + ", color: red}\n",
		"a problem of two elements":       "sources:\n  - {" + one + "}\n  - {" + one + "}\n",
		"a problem elsewhere":             "sources:\n  - {" + one + "}\nserver: {color: red}\n",
	} {
		t.Run(name, func(t *testing.T) {
			if inBothWays(t, text) {
				t.Errorf("it is read in pieces:\n%s", text)
			}
		})
	}
}

// TestAFileOfManySourcesIsReadInPieces has all forms in which they are written, and more
// than one piece of the size that is in use; a warning of the rest keeps its place.
func TestAFileOfManySourcesIsReadInPieces(t *testing.T) {
	text := string(configtest.Many{Sources: 5_000, Head: piecesHead, Tail: piecesTail + "ingest: {websub: true}\n"}.YAML())
	f := newFile("c.yaml", []byte(text), nil)
	got, err := f.inPieces(pieceSize)
	if err != nil || got == nil {
		t.Fatalf("%v, %v", got, err)
	}
	want, err := newFile("c.yaml", []byte(text), nil).whole()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(tell(got), tell(want)) || len(got.Sources) != 5_000 || len(got.Warnings) == 0 {
		t.Errorf("%d sources and %v, want %d and %v", len(got.Sources), got.Warnings, len(want.Sources), want.Warnings)
	}
	if c, err := f.Config(); err != nil || f.read || len(c.Sources) != 5_000 {
		t.Errorf("a large file is not read in pieces: %v", err)
	}
}

// FuzzPieces checks that what can be read in pieces says the same as a whole.
func FuzzPieces(f *testing.F) {
	for _, pattern := range []string{"testdata/*/*.yaml", "../config.example.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
	f.Add(string(configtest.Many{Sources: 12, Head: piecesHead, Tail: piecesTail}.YAML()))
	f.Add("sources:\n- name: a\n  url: http://a.example/\n  title: \"x\n- y\"\n- {name: b, url: 'http://b.example/', tags: [&a x, *a]}\noutputs:\n")
	f.Add("a: |\n sources:\nsources:\n  - {name: a, url: http://a.example/}\n  -\n   {name: b, url: http://b.example/}\n# x\n  - name: c\n    url: >-\n     http://c.example/\n")
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzztest.Within(t, len(text), fuzztest.Cost{Bytes: 64 << 20, Each: 16 << 10})()
		if strings.Contains(text, "file") || strings.Contains(text, "opml") {
			return // it names a file that is not the test's
		}
		inBothWays(t, text)
	})
}
