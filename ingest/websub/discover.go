package websub

import (
	"net/url"
	"slices"
	"strings"

	"sluice/ingest/fetch"
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
	for _, link := range fetch.ParseLinks(links) {
		for word := range strings.FieldsSeq(strings.ToLower(link.Rel)) {
			switch word {
			case "hub":
				hubs = resolve(hubs, base, link.Target)
			case "self":
				selves = resolve(selves, base, link.Target)
			}
		}
	}
	return hubs, selves
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
