package canonical

import "strings"

// sites are parameters that mean nothing on one site and its sub-domains.
var sites = map[string]map[string]bool{
	"abcnews.go.com":     set("cid"),
	"bbc.co.uk":          set("ocid", "intlink_from_url", "pinned_post_locator", "pinned_post_asset_id", "pinned_post_type"),
	"bloomberg.com":      set("srnd", "sref", "leadsource"),
	"cbsnews.com":        set("ftag", "intcid"),
	"cnn.com":            set("iref", "eref", "hpt"),
	"dailymail.co.uk":    set("ito"),
	"economist.com":      set("fsrc"),
	"forbes.com":         set("sh", "ss"),
	"huffpost.com":       set("ncid"),
	"linkedin.com":       set("trk", "trackingid", "lipi", "refid"),
	"medium.com":         set("source", "sk"),
	"msn.com":            set("ocid", "cvid", "ei"),
	"nbcnews.com":        set("cid"),
	"news.google.com":    set("oc", "hl", "gl", "ceid"),
	"npr.org":            set("ft", "f"),
	"nytimes.com":        set("partner", "emc", "searchresultposition", "referringsource", "smtyp", "unlocked_article_code"),
	"reddit.com":         set("share_id", "rdt"),
	"reuters.com":        set("feedtype", "feedname", "rpc", "taid", "edition-redirect"),
	"rumble.com":         set("e9s"),
	"spotify.com":        set("si", "nd"),
	"substack.com":       set("r", "s", "publication_id", "isfreemail", "triedredirect"),
	"techcrunch.com":     set("ncid"),
	"theguardian.com":    set("cmp"),
	"twitter.com":        set("s", "t"),
	"washingtonpost.com": set("itid", "hpid", "tid", "nid"),
	"wsj.com":            set("mod"),
	"yahoo.com":          set(".tsrc", "soc_src", "soc_trk"),
	"youtube.com":        set("feature", "si", "pp", "app"),
	"zdnet.com":          set("ftag"),
}

func travelsAt(host, name, value string) bool {
	if strings.HasSuffix(host, ".blogspot.com") && (name == "m" && (value == "0" || value == "1") || name == "spref") {
		return true
	}
	for site := host; ; {
		if sites[site][name] {
			return true
		}
		_, rest, ok := strings.Cut(site, ".")
		if !ok {
			return false
		}
		site = rest
	}
}

// twins are hosts that show what another one does under the same path.
var twins = map[string]string{
	"bbc.com":              "bbc.co.uk",
	"dx.doi.org":           "doi.org",
	"new.reddit.com":       "reddit.com",
	"np.reddit.com":        "reddit.com",
	"old.reddit.com":       "reddit.com",
	"theregister.co.uk":    "theregister.com",
	"x.com":                "twitter.com",
	"youtube-nocookie.com": "youtube.com",
}

// settled returns, of several addresses that a site has for one page, one.
func (a address) settled() address {
	if twin, ok := twins[a.host]; ok {
		a.host = twin
	}
	// A blog is shown under each of Blogger's country names.
	if blog, country, ok := strings.Cut(a.host, ".blogspot."); ok && isCountry(country) {
		a.host = blog + ".blogspot.com"
	}
	switch a.host {
	case "youtu.be":
		a.host, a.path = "youtube.com", "/embed"+a.path
		return a.video()
	case "youtube.com":
		return a.video()
	case "news.google.com":
		// The ids are opaque, and the same wherever they stand.
		for _, door := range []string{"/__i/rss/rd/articles/", "/rss/articles/", "/read/"} {
			if id, ok := strings.CutPrefix(a.path, door); ok {
				a.path = "/articles/" + id
			}
		}
	}
	return a
}

// video gives the page of a video the one address that has its id, and nothing
// else, in the query. Other pages of the site are left alone.
func (a address) video() address {
	for _, door := range []string{"/embed/", "/shorts/", "/live/", "/v/"} {
		if id, ok := strings.CutPrefix(a.path, door); ok && id != "" && id != "videoseries" && !strings.ContainsAny(id, "/&;") {
			a.path, a.query = "/watch", "v="+id
		}
	}
	if a.path != "/watch" {
		return a
	}
	for param := range strings.SplitSeq(a.query, "&") {
		if strings.HasPrefix(param, "v=") {
			a.query = param
			break
		}
	}
	return a
}
