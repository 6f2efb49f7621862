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
	if hubs, topic := relations(base, links).pair(); topic != "" {
		return hubs, topic
	}
	var n named
	for _, h := range hubs {
		n.hubs = resolve(n.hubs, base, h)
	}
	n.selves = resolve(n.selves, base, self)
	return n.pair()
}

// DiscoverPage is Discover for an HTML page, which names hubs and topic by the link
// elements of its head. contentType is the header; its charset is believed first.
func DiscoverPage(base *url.URL, links []string, page []byte, contentType string) (hubs []string, topic string) {
	if hubs, topic := relations(base, links).pair(); topic != "" {
		return hubs, topic
	}
	return readHead(base, page, contentType).pair()
}

// named is what one place, headers or document, names for WebSub.
type named struct{ hubs, selves []string }

// pair returns what can be subscribed to; nothing where a part is missing, or where
// it is not clear which topic is meant.
func (n named) pair() (hubs []string, topic string) {
	if len(n.hubs) == 0 || len(n.selves) != 1 {
		return nil, ""
	}
	return n.hubs[:min(len(n.hubs), maxHubs)], n.selves[0]
}

// add takes in a link with its relation types.
func (n *named) add(base *url.URL, rel, target string) {
	for word := range strings.FieldsSeq(strings.ToLower(rel)) {
		switch word {
		case "hub":
			n.hubs = resolve(n.hubs, base, target)
		case "self":
			n.selves = resolve(n.selves, base, target)
		}
	}
}

// relations reads the targets of rel=hub and rel=self out of Link headers
// (RFC 8288, section 3), each once, in order.
func relations(base *url.URL, links []string) named {
	var n named
	for _, link := range fetch.ParseLinks(links) {
		n.add(base, link.Rel, link.Target)
	}
	return n
}

// resolve appends an address that is http or https, unless it is there already.
func resolve(list []string, base *url.URL, raw string) []string {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return list
	}
	ref, err := url.Parse(raw)
	if err != nil {
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
