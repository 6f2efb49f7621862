package parse_test

import (
	"strings"
	"testing"
)

func TestCharactersThatXMLForbidsAreMended(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"a control character":                       {"a\x0Bb", "ab"},
		"a zero":                                    {"a\x00b", "ab"},
		"a reference to a control character":        {"a&#11;b", "ab"},
		"a reference to zero":                       {"a&#x0;b", "ab"},
		"a reference with many zeros":               {"a&#" + strings.Repeat("0", 100) + "11;b", "ab"},
		"a reference to nothing":                    {"a&#x110000;b&#99999999999999999999;c", "abc"},
		"a reference to half a character":           {"a&#xD83D;b", "ab"},
		"a character as two references":             {"&#xD83D;&#xDE00; &#55357;&#56832;", "😀 😀"},
		"two halves in the wrong order":             {"a&#xDE00;&#xD83D;b", "ab"},
		"U+FFFE and U+FFFF":                         {"a\uFFFEb\uFFFFc&#xFFFE;&#65535;", "abc"},
		"references in the meaning of windows-1252": {"don&#146;t &#x93;so&#x94; &#133;", "don’t “so” …"},
		"characters in the meaning of windows-1252": {"don\u0092t \u0093so\u0094 \u0085", "don’t “so” …"},
		"a reference to what no encoding has there": {"a&#129;b\u0081c", "abc"},
		"references within references":              {"&#1&#11;1;", "&#1\uFFFD1;"},
		"the beginning of a reference":              {"a &#; &#x; &#12 b&#0", "a &#; &#x; &#12 b&#0"},
	} {
		got, warnings := titleOf(t, feedOf(t, nil, "", tt.in), "")
		if want := titleText(t, tt.want); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if tt.in != tt.want && warnings["illegal-characters"] == 0 {
			t.Errorf("%s: no warning", name)
		}
	}
}

// titleText is what a title becomes that needs no mending.
func titleText(t *testing.T, text string) string {
	t.Helper()
	got, _ := titleOf(t, feedOf(t, nil, "", text), "")
	return got
}

func TestCharactersThatXMLAllowsStay(t *testing.T) {
	const text = "tab\tnew\nline \u007F\u00A0\u00AD\u200B\uFFFD 😀 𝕏 &#9; &#128512; &#233;"
	if _, warnings := titleOf(t, feedOf(t, nil, "", text), ""); len(warnings) > 0 {
		t.Errorf("warnings %v", warnings)
	}
}
