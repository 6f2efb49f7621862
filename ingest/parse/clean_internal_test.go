package parse

import "testing"

func TestReferencesAreMendedWhereTheyAreReferences(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"an illegal one is dropped":                  {"<a>x&#11;y</a>", "<a>xy</a>"},
		"a C1 one is meant as windows-1252":          {"<a>x&#146;y&#x92;</a>", "<a>x’y’</a>"},
		"two surrogates are one character":           {"<a>&#55357;&#56832;</a>", "<a>😀</a>"},
		"in CDATA they are text":                     {"<a><![CDATA[&#11;&#146;]]>&#11;</a>", "<a><![CDATA[&#11;&#146;]]></a>"},
		"between sections they are references":       {"<![CDATA[&#1;]]>&#1;<![CDATA[&#1;]]>&#1;x", "<![CDATA[&#1;]]><![CDATA[&#1;]]>x"},
		"a section that never ends is none":          {"<a>&#11;<![CDATA[&#11;", "<a><![CDATA["},
		"in JSON they are text":                      {`{"title":"&#11;"}`, `{"title":"&#11;"}`},
		"allowed ones stay":                          {"<a>&#65;&#x41;&#9;</a>", "<a>&#65;&#x41;&#9;</a>"},
		"unfinished ones stay":                       {"<a>&#;&#x;&#12</a>", "<a>&#;&#x;&#12</a>"},
		"a lone half is dropped with what it claims": {"<a>&#55357;x</a>", "<a>x</a>"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &parser{warnings: map[string]int{}}
			if got := string(p.clean([]byte(c.in))); got != c.want {
				t.Errorf("%q becomes %q, want %q", c.in, got, c.want)
			}
			if warned := p.warnings[warnIllegal] > 0; warned != (c.in != c.want) {
				t.Errorf("%q: warnings %v", c.in, p.warnings)
			}
		})
	}
}
