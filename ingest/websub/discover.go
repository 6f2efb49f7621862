package websub

import (
	"net/url"
	"slices"
	"strings"
)

// maxHubs bounds the hubs that are kept of a source.
const maxHubs = 8

// Discover returns the hubs of a feed and the topic by which they know it (W3C
// WebSub, section 4). The Link headers of the answer go first; where they do not
// name both, what the document itself names counts, and never a mixture of the
// two. base is the address of the answer. Nothing is returned for a feed that
// names no hub, or not exactly one topic.
func Discover(base *url.URL, links []string, hubs []string, self string) ([]string, string) {
	named, selves := relations(base, links)
	if len(named) == 0 || len(selves) != 1 {
		named, selves = nil, nil
		for _, h := range hubs {
			named = resolve(named, base, h)
		}
		selves = resolve(selves, base, self)
	}
	if len(named) == 0 || len(selves) != 1 {
		return nil, ""
	}
	return named[:min(len(named), maxHubs)], selves[0]
}

// relations reads the targets of rel=hub and rel=self out of Link headers
// (RFC 8288, section 3), each once, in order.
func relations(base *url.URL, links []string) (hubs, selves []string) {
	for _, header := range links {
		for header != "" {
			var target, rel string
			target, rel, header = nextLink(header)
			for word := range strings.FieldsSeq(strings.ToLower(rel)) {
				switch word {
				case "hub":
					hubs = resolve(hubs, base, target)
				case "self":
					selves = resolve(selves, base, target)
				}
			}
		}
	}
	return hubs, selves
}

// nextLink cuts the first link off a header: its target, the first of its rel
// parameters, and what follows. Commas and semicolons within <> and quotes are
// part of what they stand in.
func nextLink(header string) (target, rel, rest string) {
	_, header, ok := strings.Cut(header, "<")
	if !ok {
		return "", "", ""
	}
	target, header, ok = strings.Cut(header, ">")
	if !ok {
		return "", "", ""
	}
	given := false
	for {
		header = strings.TrimLeft(header, " \t;")
		if header == "" {
			return target, rel, ""
		}
		if header[0] == ',' {
			return target, rel, header[1:]
		}
		var name, value string
		name, value, header = parameter(header)
		if strings.EqualFold(name, "rel") && !given {
			rel, given = value, true
		}
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

// resolve appends an address that is http or https, unless it is there already.
func resolve(list []string, base *url.URL, raw string) []string {
	ref, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || raw == "" {
		return list
	}
	if base != nil {
		ref = base.ResolveReference(ref)
	}
	if ref.Scheme != "http" && ref.Scheme != "https" || ref.Hostname() == "" {
		return list
	}
	ref.Fragment, ref.RawFragment = "", ""
	if s := ref.String(); !slices.Contains(list, s) {
		list = append(list, s)
	}
	return list
}
