package canonical

import (
	"slices"
	"strings"
)

// normalQuery returns the query without parameters that say how a reader came,
// in one order. What is not known to be such stays: "?id=7" is the article.
func normalQuery(host, query string) string {
	if query == "" {
		return ""
	}
	var kept []string
	for param := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(param, "=")
		if param == "" || travels(strings.ToLower(name), value) || travelsAt(host, strings.ToLower(name), value) {
			continue
		}
		kept = append(kept, escape(strings.ReplaceAll(param, "+", "%20"), inQuery))
	}
	slices.Sort(kept)
	return strings.Join(kept, "&")
}

// Names that campaign tools, ad networks and mail senders append to addresses,
// and that no site uses for anything else.
var trackers = map[string]bool{
	"fbclid": true, "gclid": true, "dclid": true, "gbraid": true, "wbraid": true, "msclkid": true,
	"twclid": true, "yclid": true, "igshid": true, "mc_cid": true, "mc_eid": true, "_hsenc": true,
	"_hsmi": true, "mkt_tok": true, "_openstat": true, "s_cid": true, "xtor": true, "at_medium": true,
	"at_campaign": true, "cmpid": true, "_ga": true, "_gl": true, "smid": true,
	"jsessionid": true, "phpsessid": true,
}

var trackerFamilies = []string{"utm_", "mtm_", "pk_", "__hs", "vero_", "oly_", "guce_"}

// travels reports whether a parameter says how the reader came, on any site.
// The value decides where the name has honest uses, too.
func travels(name, value string) bool {
	if trackers[name] {
		return true
	}
	for _, family := range trackerFamilies {
		if strings.HasPrefix(name, family) {
			return true
		}
	}
	switch name {
	case "amp":
		return value == "" || value == "1" || strings.EqualFold(value, "true")
	case "ref", "source", "from", "cid":
		return referrer(strings.ToLower(value))
	case "sid":
		return len(value) >= 16 && strings.Trim(value, "0123456789abcdefABCDEF") == ""
	}
	return false
}

// referrer reports whether a value names a feed or a network that sends readers.
func referrer(value string) bool {
	switch value {
	case "rss", "atom", "feed", "feeds", "feedburner", "newsletter", "twitter", "facebook", "linkedin":
		return true
	}
	for _, prefix := range []string{"rss-", "rss_", "feed-", "feed_"} {
		if strings.HasPrefix(value, prefix) {
			return true
		}
	}
	return false
}

// sites are parameters that mean nothing on one site and its sub-domains.
var sites = map[string][]string{
	"nytimes.com":        {"partner", "emc", "searchresultposition"},
	"washingtonpost.com": {"itid"},
	"wsj.com":            {"mod"},
	"rumble.com":         {"e9s"},
	"youtube.com":        {"feature", "si"},
	"youtu.be":           {"feature", "si"},
	"news.google.com":    {"oc", "hl", "gl", "ceid"},
	"reuters.com":        {"feedtype", "feedname"},
}

func travelsAt(host, name, value string) bool {
	if name == "m" && strings.Contains(host, ".blogspot.") {
		return value == "0" || value == "1"
	}
	for site := host; ; {
		if slices.Contains(sites[site], name) {
			return true
		}
		_, rest, ok := strings.Cut(site, ".")
		if !ok {
			return false
		}
		site = rest
	}
}
