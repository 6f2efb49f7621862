package cli

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"unicode"
)

// TestResultsDoNothingToATerminal gives each way of writing results what strangers may say.
func TestResultsDoNothingToATerminal(t *testing.T) {
	for _, s := range append(strangers, "\u061c\u200e\u200f", "\u2066a\u2069") {
		if got := safeText(s); strings.ContainsFunc(got, unicode.IsControl) || strings.ContainsFunc(got, turns) || strings.ContainsAny(got, "\u2028\u2029") {
			t.Errorf("%q is written as %q", s, got)
		}
		var b strings.Builder
		if err := printJSON(&b, []string{s}); err != nil {
			t.Fatal(err)
		}
		var read []string
		if err := json.Unmarshal([]byte(b.String()), &read); err != nil || read[0] != strings.ToValidUTF8(s, "\uFFFD") && s != "\xff\xfe" {
			t.Errorf("%q is read as %q: %v", s, read, err)
		}
		if line := strings.TrimSuffix(b.String(), "\n"); strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("as JSON: %q", line)
		}
		doc, err := xml.MarshalIndent(opmlOutline{Text: s, Title: "\r\n" + s}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		var outline opmlOutline
		written := string(referenced(doc))
		if strings.ContainsFunc(written, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Errorf("as XML: %q", written)
		}
		plain := opmlOutline{}
		if err := xml.Unmarshal(doc, &plain); err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal([]byte(written), &outline); err != nil || outline.Text != plain.Text || outline.Title != plain.Title {
			t.Errorf("%s is read as %q: %v", written, outline, err)
		}
	}
	if got := safeText("می\u200cخواهم 👨\u200d👩\u200d👧"); got != "می\u200cخواهم 👨\u200d👩\u200d👧" {
		t.Errorf("letters that are joined are written as %q", got)
	}
}

func turns(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }
