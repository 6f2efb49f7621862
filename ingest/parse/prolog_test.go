package parse_test

import (
	"strings"
	"testing"

	"sluice/ingest/parse"
)

func TestFeedIsFoundBehindWhatStandsBeforeIt(t *testing.T) {
	for name, tt := range map[string]struct {
		before string
		junk   bool
	}{
		"nothing":                     {before: ""},
		"blank lines":                 {before: "\n\r\n\t "},
		"a declaration of XML 1.1":    {before: `<?xml version="1.1"?>`},
		"two declarations":            {before: declares("utf-8") + declares("utf-8")},
		"a declaration behind blanks": {before: "\n " + declares("utf-8")},
		"a comment of 100 KB":         {before: declares("utf-8") + "<!--" + strings.Repeat(" <rss> ", 15_000) + "-->"},
		"many comments":               {before: strings.Repeat("<!-- c -->\n", 10_000)},
		"style sheets":                {before: `<?xml-stylesheet href="a>b"?><?php echo "<feed>" ?>`},
		"a doctype":                   {before: `<!DOCTYPE rss PUBLIC "-//x//y" "http://x/rss.dtd">`},
		"a doctype with entities":     {before: `<!DOCTYPE rss [ <!ENTITY a "<rss>"> <!ENTITY % b SYSTEM "file:///x"> ]>`},
		"a warning of PHP": {
			before: "<br />\n<b>Notice</b>:  Undefined variable $x in <b>/x/feed.php</b> on line <b>3</b><br />\n" + declares("utf-8"), junk: true,
		},
		"text":                         {before: "Warning: x < y & z\n" + declares("utf-8"), junk: true},
		"a comment that does not end":  {before: "<!-- x ", junk: true},
		"hundreds that do not end":     {before: strings.Repeat("<!-- <!x <? ", 300), junk: true},
		"a declaration of nothing":     {before: "<!> <?", junk: true},
		"a mark within the document":   {before: declares("utf-8") + "\uFEFF", junk: true},
		"what another language prints": {before: "// comment\n<?xml version='1.0'?>", junk: true},
	} {
		t.Run(name, func(t *testing.T) {
			title, warnings := titleOf(t, feedOf(t, nil, tt.before, "found"), "")
			if title != "found" || (warnings["text-before-root"] > 0) != tt.junk {
				t.Errorf("title %q, warnings %v", title, warnings)
			}
		})
	}
}

// TestWhatDoesNotEndIsLookedForAFewTimes has documents that once took minutes:
// the end of each of their parts was looked for to the end of the document.
func TestWhatDoesNotEndIsLookedForAFewTimes(t *testing.T) {
	for _, part := range []string{"<!--", "<!a", "<?", "<![CDATA[", "<?xml ", "<!ENTITY a '<"} {
		body := []byte(strings.Repeat(part, 1<<20/len(part)))
		if _, err := parse.Parse(body, parse.Meta{Source: "s"}); err == nil {
			t.Errorf("%q is a feed", part)
		}
	}
}
