package parse

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// object reads the feed object. What is wrong in the way that people write JSON by
// hand is mended; what is damaged otherwise is cut behind the last item that is
// whole before the damage, which is then returned.
func (p *parser) object(text []byte, to *map[string]json.RawMessage) (damage, err error) {
	err = json.Unmarshal(text, to)
	if err == nil {
		return nil, nil
	}
	if mended := mendJSON(text); mended != nil {
		text = mended
		if err = json.Unmarshal(text, to); err == nil {
			p.warn(warnMarkup)
			return nil, nil
		}
	}
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return nil, err
	}
	s := scanJSON(text[:max(min(int(syntax.Offset), len(text))-1, 0)])
	if s.lastItem == 0 || s.end > 0 {
		return nil, err
	}
	if json.Unmarshal(append(slices.Clip(text[:s.lastItem]), "]}"...), to) != nil {
		return nil, err
	}
	return err, nil
}

// mendJSON writes what breaks a line within a string as JSON has it, drops
// backslashes that escape nothing and commas behind which nothing comes. It
// returns nil when it finds none of these.
func mendJSON(b []byte) []byte {
	var out []byte
	from := 0 // what stands before it is in out
	replace := func(at, size int, text string) {
		out = append(append(out, b[from:at]...), text...)
		from = at + size
	}
	quoted := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			if isEscape(b[i+1:]) {
				i++
			} else {
				replace(i, 1, "")
			}
		case quoted && c < ' ':
			replace(i, 1, lineBreaks[c])
		case !quoted && c == ',':
			if next := bytes.TrimLeft(b[i+1:], " \t\r\n"); len(next) > 0 && (next[0] == ']' || next[0] == '}') {
				replace(i, 1, "")
			}
		}
	}
	if from == 0 {
		return nil
	}
	return append(out, b[from:]...)
}

// lineBreaks are the control characters that mean something, as JSON has them.
var lineBreaks = map[byte]string{'\n': `\n`, '\r': `\r`, '\t': `\t`}

// isEscape reports whether b, behind a backslash, is one of the escapes of JSON.
func isEscape(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	if b[0] != 'u' {
		return bytes.IndexByte([]byte(`"\/bfnrt`), b[0]) >= 0
	}
	if len(b) < 5 {
		return false
	}
	for _, c := range b[1:5] {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}
