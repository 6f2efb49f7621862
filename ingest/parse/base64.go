package parse

import (
	"encoding/base64"
	"strings"

	"sluice/feed/sanitize"
)

// base64 writes a text of Atom 0.3 that is in base64 as text: gofeed does so
// only where the type is unsaid and the base64 is in one piece. What cannot be
// decoded stays as it is.
func (l *lexer) base64(t tag, from, to int) {
	found := false
	l.attributes(t, func(a attribute) {
		name := l.b[a.nameFrom:a.nameTo]
		if string(name) == "mode" && strings.EqualFold(strings.TrimSpace(string(l.b[a.valueFrom:a.valueTo])), "base64") {
			copy(name, "read")
			found = true
		}
	})
	if !found {
		return
	}
	packed := strings.Join(strings.Fields(unescape(l.b[from:to])), "")
	if text, err := base64.StdEncoding.DecodeString(packed); err == nil {
		l.edit(from, to, "<![CDATA["+strings.ReplaceAll(sanitize.Plain(string(text)), "]]>", "]]]]><![CDATA[>")+"]]>")
	}
}
