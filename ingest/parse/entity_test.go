package parse_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestEntitiesOfTheDocumentItselfAreItsText(t *testing.T) {
	var laughs strings.Builder
	laughs.WriteString(`<!ENTITY l0 "ha">`)
	for i := range 40 {
		fmt.Fprintf(&laughs, `<!ENTITY l%d "&l%d;&l%d;">`, i+1, i, i)
	}
	for name, tt := range map[string]struct{ dtd, in, want string }{
		"a text":                        {`<!ENTITY me "Ann O’Neil">`, "by &me;", "by Ann O’Neil"},
		"in single quotes":              {"<!ENTITY  me\n 'Ann'>", "&me;", "Ann"},
		"a character":                   {`<!ENTITY nbsp "&#160;"><!ENTITY dot "&#x2022;">`, "a&dot;b", "a•b"},
		"one of another":                {`<!ENTITY a "x"><!ENTITY b "&a;y">`, "&b;", "xy"},
		"a sign of markup":              {`<!ENTITY less "&#38;#60;"><!ENTITY and "&#38;">`, "1 &less; 2 &and; 3", "1 < 2 & 3"},
		"the first declaration":         {`<!ENTITY a "x"><!ENTITY a "y">`, "&a;", "x"},
		"not within CDATA":              {`<!ENTITY a "x">`, "<![CDATA[a?b&a;c]]>&a;", "a?b&a;cx"},
		"not what is predefined":        {`<!ENTITY lt "x">`, "1 &lt; 2", "1 < 2"},
		"not what is commented out":     {`<!-- <!ENTITY a "x"> -->`, "&a;", "&a;"},
		"never a file":                  {`<!ENTITY a SYSTEM "file:///etc/hostname">`, "&a;", "&a;"},
		"never an address":              {`<!ENTITY a PUBLIC "x" "http://127.0.0.1/">`, "&a;", "&a;"},
		"never a parameter":             {`<!ENTITY % a "x"><!ENTITY b "%a;">`, "&a;&b;", "&a;&b;"},
		"never markup":                  {`<!ENTITY a "<b>x</b>">`, "&a;", "&a;"},
		"never itself":                  {`<!ENTITY a "&a;">`, "&a;", "&a;"},
		"never what doubles many times": {laughs.String(), "&l2; &l40;", "hahahaha &l40;"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := titleOf(t, feedOf(t, nil, "<!DOCTYPE rss [ "+tt.dtd+" ]>", tt.in), "")
			if got != tt.want {
				t.Errorf("title %q, want %q", got, tt.want)
			}
		})
	}
}
