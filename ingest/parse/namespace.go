package parse

import (
	"strings"

	"sluice/feed"
)

// namespaces are those whose elements we read, with the prefix under which
// gofeed files them and the address by which it knows them. The keys are as
// namespaceKey gives: publishers differ in case, scheme and trailing slashes.
var namespaces = map[string]struct{ prefix, uri string }{
	"purl.org/rss/1.0/modules/content": {"content", "http://purl.org/rss/1.0/modules/content/"},
	"purl.org/dc/elements/1.1":         {"dc", "http://purl.org/dc/elements/1.1/"},
	"purl.org/dc/elements/1.0":         {"dc", "http://purl.org/dc/elements/1.1/"},
	"purl.org/dc/terms":                {"dcterms", "http://purl.org/dc/terms/"},
	"podcastindex.org/namespace/1.0":   {"podcast", feed.SpacePodcast},
	"github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": {"podcast", feed.SpacePodcast},
	"search.yahoo.com/mrss":                                   {"media", "http://search.yahoo.com/mrss/"},
	"search.yahoo.com/rss":                                    {"media", "http://search.yahoo.com/mrss/"},
	"itunes.com/dtds/podcast-1.0.dtd":                         {"itunes", "http://www.itunes.com/DTDs/PodCast-1.0.dtd"},
	"w3.org/2005/atom":                                        {"atom", atomNamespace},
	"purl.org/rss/1.0/modules/syndication":                    {"sy", "http://purl.org/rss/1.0/modules/syndication/"},
	"wellformedweb.org/commentapi":                            {"wfw", "http://wellformedweb.org/commentAPI/"},
	"backend.userland.com/creativecommonsrssmodule":           {"creativeCommons", "http://backend.userland.com/creativeCommonsRssModule"},
	"cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": {"creativeCommons", "http://backend.userland.com/creativeCommonsRssModule"},
	"web.resource.org/cc":                                     {"cc", "http://web.resource.org/cc/"},
	"creativecommons.org/ns":                                  {"cc", "http://web.resource.org/cc/"},
	"w3.org/1999/xhtml":                                       {"xhtml", "http://www.w3.org/1999/xhtml"},
	"georss.org/georss":                                       {"georss", feed.SpaceGeoRSS},
	"w3.org/2003/01/geo/wgs84_pos":                            {"geo", feed.SpaceGeo},
	"purl.org/syndication/thread/1.0":                         {"thr", feed.SpaceThread},
	"rssnamespace.org/feedburner/ext/1.0":                     {"feedburner", "http://rssnamespace.org/feedburner/ext/1.0"},
}

const atomNamespace = "http://www.w3.org/2005/Atom"

// ownNamespace is what gofeed takes for a format's own.
var ownNamespace = map[kind]string{kindAtom: atomNamespace, kindRSS: "http://purl.org/rss/1.0/"}

// formats are the formats' own namespaces.
var formats = map[string]struct {
	version string
	atom    bool
}{
	"w3.org/2005/atom":                       {"1.0", true},
	"purl.org/atom/ns":                       {"0.3", true},
	"purl.org/rss/1.0":                       {"1.0", false},
	"channel.netscape.com/rdf/simple/0.9":    {"0.90", false},
	"my.netscape.com/rdf/simple/0.9":         {"0.90", false},
	"my.netscape.com/publish/formats/rss091": {"0.91", false},
}

// namespaceKey folds the spellings of a namespace into one.
func namespaceKey(uri string) string {
	s := strings.ToLower(strings.TrimSpace(uri))
	s = strings.TrimPrefix(strings.TrimPrefix(s, "http://"), "https://")
	return strings.TrimRight(strings.TrimPrefix(s, "www."), "/#")
}

// namespace reads a declaration and hides it from gofeed where gofeed would
// come to the same prefix without it: it copies all declarations for every
// element. It reports false when the document has too many.
func (l *lexer) namespace(a attribute, n *node, container bool) bool {
	_, prefix, _ := strings.Cut(string(l.b[a.nameFrom:a.nameTo]), ":")
	uri := unescape(l.b[a.valueFrom:a.valueTo])
	if id := prefix + " " + uri; !l.declared[id] {
		l.declared[id] = true
		if len(l.declared) > MaxNamespaces {
			return false
		}
	}
	key := namespaceKey(uri)
	format, own := formats[key]
	own = own && format.atom == (l.kind == kindAtom)
	if own && l.version == "" {
		l.version = format.version
	}
	known, ok := namespaces[key]
	switch {
	case l.b[a.valueFrom-1] == '=' || isSpace(l.b[a.valueFrom-1]): // without quotes
		n.scopes++
		return true
	case prefix == "" && container:
		// The format's own names, whatever the address says.
	case prefix == "":
		n.scopes++
		return true
	case l.natives[prefix] && len(l.open) == 0 && l.kind != kindRDF:
		l.edit(a.valueFrom, a.valueTo, ownNamespace[l.kind])
		n.scopes++
		return true
	case own:
		if l.natives[prefix] = true; prefix != "rss" && prefix != "rdf" {
			n.scopes++
			return true
		}
	case ok && known.prefix != prefix:
		l.prefixes[prefix] = known.prefix
		l.edit(a.valueFrom, a.valueTo, known.uri)
		n.scopes++
		return true
	}
	blank(l.b[a.nameFrom : a.valueTo+1])
	return true
}
