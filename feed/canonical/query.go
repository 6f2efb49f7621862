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
		for {
			// An ampersand that was escaped as HTML once too often.
			rest, ok := strings.CutPrefix(param, "amp;")
			if !ok {
				break
			}
			param = rest
		}
		name, value, _ := strings.Cut(param, "=")
		name = strings.ToLower(name)
		if param == "" || travels(name, value) || travelsAt(host, name, value) {
			continue
		}
		kept = append(kept, strings.TrimRight(escape(strings.ReplaceAll(param, "+", "%20"), inQuery), "="))
	}
	kept = slices.DeleteFunc(kept, func(param string) bool { return param == "" })
	slices.Sort(kept)
	return strings.Join(kept, "&")
}

// Names that campaign tools, ad networks, mail senders and session stores append
// to addresses, and that no site uses for anything else.
var trackers = set(
	// Networks, which count clicks.
	"fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "srsltid",
	"msclkid", "twclid", "ttclid", "yclid", "ysclid", "igshid", "igsh", "li_fat_id", "mibextid", "wickedid", "epik",
	"_branch_match_id", "rb_clickid", "dicbo", "outbrainclickid", "ef_id", "s_kwcid",
	"fb_action_ids", "fb_action_types", "fb_source", "fb_ref", "__twitter_impression", "ref_src", "ref_url",
	// Senders of mail.
	"mc_cid", "mc_eid", "_hsenc", "_hsmi", "hsctatracking", "mkt_tok", "ml_subscriber", "ml_subscriber_hash",
	"elqtrackid", "elqtrack", "elqaid", "elqat", "elqcampaignid", "trk_contact", "trk_msg", "trk_module", "trk_sid",
	"ck_subscriber_id", "nr_email_referer",
	// Counters of visits.
	"_openstat", "s_cid", "xtor", "cmpid", "_ga", "_gl", "smid", "guccounter", "sthisfb",
	"at_medium", "at_campaign", "at_campaign_type", "at_custom1", "at_custom2", "at_custom3", "at_custom4",
	"at_link_id", "at_link_type", "at_link_origin", "at_ptr_name", "at_bbc_team", "at_format",
	"ns_campaign", "ns_mchannel", "ns_source", "ns_linkname", "ns_fee",
	"cm_mmc", "cm_ven", "cm_cat", "cm_pla", "cm_ite", "wt_mc", "wt_zmc", "usqp",
	// A form below the same text.
	"replytocom",
	// Sessions.
	"jsessionid", "phpsessid", "oscsid", "zenid", "cfid", "cftoken",
)

var trackerFamilies = []string{
	"utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "itm_", "__hs", "vero_", "oly_", "guce_", "gaa_", "wt.",
	"amp_", "aspsessionid",
}

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
	value = strings.ToLower(value)
	switch name {
	case "amp", "_amp", "rss":
		return value == "" || value == "1" || value == "true" || value == "yes"
	case "output", "outputtype":
		return value == "amp" || value == "amp-type"
	case "ref", "source", "from", "cid":
		return isFeed(value) || isNetwork(value)
	case "src", "via", "partner", "emc", "ncid", "referrer", "referer", "f", "feed", "cmp", "campaign", "mod":
		return isFeed(value)
	case "sid", "sessionid", "session_id", "sessid":
		return isToken(value, 16)
	case "s":
		return len(value) == 32 && strings.Trim(value, hexDigits) == ""
	}
	return false
}

const hexDigits = "0123456789abcdef"

// isFeed reports whether a value says that the reader came from a feed.
func isFeed(value string) bool {
	switch value {
	case "rss", "rss2", "rss20", "rssfeed", "atom", "feed", "feeds", "feedburner":
		return true
	}
	for _, prefix := range []string{"rss-", "rss_", "feed-", "feed_"} {
		if strings.HasPrefix(value, prefix) {
			return true
		}
	}
	return false
}

// isNetwork reports whether a value names who sends readers.
func isNetwork(value string) bool {
	return value == "newsletter" || value == "twitter" || value == "facebook" || value == "linkedin"
}

// isToken reports whether a value is long and random, as the ids of sessions are:
// letters and digits without a word in them.
func isToken(value string, least int) bool {
	return len(value) >= least && strings.Trim(value, "0123456789abcdefghijklmnopqrstuvwxyz") == "" &&
		strings.ContainsAny(value, "0123456789")
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, name := range names {
		m[name] = true
	}
	return m
}
