package fetch

import "strings"

// Link is one of what an answer's Link headers name (RFC 8288, section 3).
type Link struct {
	Target string // as sent: relative to the address of the answer
	Rel    string // relation types with blanks between them
	Type   string // media type
}

// ParseLinks reads Link headers in their order. What cannot be read ends its header.
func ParseLinks(headers []string) []Link {
	var links []Link
	for _, header := range headers {
		for {
			link, rest, ok := nextLink(header)
			if !ok {
				break
			}
			links, header = append(links, link), rest
		}
	}
	return links
}

// nextLink cuts the first link off a header. Of a parameter that is there twice the
// first counts. Commas and semicolons within <> and quotes are part of what they
// stand in.
func nextLink(header string) (link Link, rest string, ok bool) {
	_, header, ok = strings.Cut(header, "<")
	if !ok {
		return Link{}, "", false
	}
	link.Target, header, ok = strings.Cut(header, ">")
	if !ok {
		return Link{}, "", false
	}
	given := map[string]bool{}
	for {
		header = strings.TrimLeft(header, " \t;")
		if header == "" {
			return link, "", true
		}
		if header[0] == ',' {
			return link, header[1:], true
		}
		var name, value string
		name, value, header = parameter(header)
		name = strings.ToLower(name)
		switch {
		case given[name]:
		case name == "rel":
			link.Rel = value
		case name == "type":
			link.Type = value
		}
		given[name] = true
	}
}

// parameter cuts the first parameter off; its value may be a token or a quoted string.
func parameter(s string) (name, value, rest string) {
	end := strings.IndexAny(s, "=;,")
	if end < 0 {
		return strings.TrimSpace(s), "", ""
	}
	name = strings.TrimSpace(s[:end])
	if s[end] != '=' {
		return name, "", s[end:]
	}
	s = strings.TrimLeft(s[end+1:], " \t")
	if !strings.HasPrefix(s, `"`) {
		end = strings.IndexAny(s, ";,")
		if end < 0 {
			end = len(s)
		}
		return name, strings.TrimSpace(s[:end]), s[end:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return name, b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return name, b.String(), ""
}
