package canonical_test

import (
	"strings"
	"testing"

	"sluice/feed/canonical"

	"pgregory.net/rapid"
)

// Pairs of addresses of one page, by what differs. Sites and services are named
// where a rule is theirs alone.
var onePage = map[string][2]string{
	"an index page of a script":                {"https://a.example/1/index.php", "https://a.example/1"},
	"an index page with a query":               {"https://a.example/index.php?p=7", "https://a.example/?p=7"},
	"an index page of another server":          {"https://a.example/1/Default.aspx", "https://a.example/1/"},
	"a session in a segment":                   {"https://a.example/(S(0a1b2c3d4e5f6g7h8i9j0k1l))/1.aspx", "https://a.example/1.aspx"},
	"a session of a shop":                      {"https://a.example/t?id=1&osCsid=4a5b", "https://a.example/t?id=1"},
	"a session of a forum":                     {"https://a.example/t?id=1&s=0123456789abcdef0123456789abcdef", "https://a.example/t?id=1"},
	"a session of letters and digits":          {"https://a.example/t?id=1&sessionid=Zx81kq92Lm03ab77", "https://a.example/t?id=1"},
	"ampersands escaped once too often":        {"https://a.example/t?id=1&amp;amp;page=2&amp;utm_source=rss", "https://a.example/t?id=1&page=2"},
	"a parameter that is empty":                {"https://a.example/t?id=1&x=", "https://a.example/t?id=1&x"},
	"networks that count clicks":               {"https://a.example/1?igsh=a&ttclid=b&yclid=c&wbraid=d&gclsrc=e&srsltid=f", "https://a.example/1"},
	"senders of mail":                          {"https://a.example/1?_hsenc=a&_hsmi=1&mkt_tok=b&vero_id=c&oly_enc_id=d&elqTrackId=e", "https://a.example/1"},
	"counters of visits":                       {"https://a.example/1?mtm_campaign=a&pk_kwd=b&_ga=1&guce_referrer=c&cmpid=d&s_cid=e&_openstat=f&WT.mc_id=g", "https://a.example/1"},
	"parameters of a broadcaster":              {"https://www.bbc.co.uk/news/world-1?at_custom1=link&at_link_id=9&ns_mchannel=social", "https://www.bbc.com/news/world-1"},
	"a feed named by a parameter":              {"https://a.example/1?partner=rss&emc=rss", "https://a.example/1?rss=1"},
	"a form for an answer":                     {"https://a.example/post?replytocom=18", "https://a.example/post#comments"},
	"an AMP page by its suffix":                {"https://a.example/1.amp", "https://a.example/1"},
	"an AMP page by its last segment":          {"https://a.example/1/amp.html", "https://a.example/1/"},
	"an AMP page by its output":                {"https://a.example/1?outputType=amp", "https://a.example/1?output=amp"},
	"what an AMP viewer adds":                  {"https://a.example/1?amp_js_v=0.1&usqp=mq331AQC&amp_gsa=1", "https://a.example/1"},
	"an AMP cache without a label":             {"https://cdn.ampproject.org/c/s/a.example/1", "https://a.example/1"},
	"an AMP cache of signed pages":             {"https://a-example.cdn.ampproject.org/wp/s/a.example/1.html", "https://a.example/1.html"},
	"another AMP cache":                        {"https://www-a-example.bing-amp.com/c/s/www.a.example/1", "https://a.example/1"},
	"a viewer of Google around an AMP host":    {"https://www.google.com/amp/s/amp.a.example/1/amp", "https://a.example/1"},
	"a redirector of a country's Google":       {"https://www.google.com.br/url?q=https%3A%2F%2Fa.example%2F1", "https://a.example/1"},
	"Google News, before its ids":              {"https://news.google.com/news/url?sa=t&fd=R&url=http://a.example/1", "https://a.example/1"},
	"Google News, by several doors":            {"https://news.google.com/__i/rss/rd/articles/CBMix?oc=5", "https://news.google.com/articles/CBMix?hl=en-US"},
	"the redirector of Instagram":              {"https://l.instagram.com/?u=https%3A%2F%2Fa.example%2F1&e=AT", "https://a.example/1"},
	"the redirector of a mail service":         {"https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%2F1&data=x", "https://a.example/1"},
	"the redirector of a search engine":        {"https://duckduckgo.com/l/?uddg=https%3A%2F%2Fa.example%2F1&rut=x", "https://a.example/1"},
	"the redirector of a blog service":         {"https://t.umblr.com/redirect?z=https%3A%2F%2Fa.example%2F1&t=x", "https://a.example/1"},
	"a redirector with the address in its way": {"https://go.theregister.com/feed/www.theregister.com/2026/01/02/x/", "https://www.theregister.co.uk/2026/01/02/x/"},
	"a redirector behind a star":               {"http://us.rd.yahoo.com/dailynews/rss/world/*http://a.example/1", "https://a.example/1"},
	"a short address of YouTube":               {"https://youtu.be/Ab-1?si=x&t=43", "https://www.youtube.com/watch?v=Ab-1&list=PL1&index=3"},
	"a player of YouTube":                      {"https://www.youtube-nocookie.com/embed/Ab-1?rel=0", "https://m.youtube.com/watch?app=desktop&v=Ab-1"},
	"a blog of Blogger in another country":     {"https://a.blogspot.co.uk/2026/01/x.html?m=1", "http://a.blogspot.com/2026/01/x.html?spref=tw"},
	"two names of Twitter":                     {"https://x.com/a/status/1?s=20&t=abc", "https://mobile.twitter.com/a/status/1"},
	"the old pages of Reddit":                  {"https://old.reddit.com/r/a/comments/1/x/", "https://www.reddit.com/r/a/comments/1/x/?share_id=y"},
	"parameters of Medium":                     {"https://medium.com/@a/x-0123?source=user_profile---------0", "https://medium.com/@a/x-0123?sk=9"},
	"parameters of Substack":                   {"https://a.substack.com/p/x?r=1&s=r&publication_id=2", "https://a.substack.com/p/x"},
	"parameters of the Guardian":               {"https://www.theguardian.com/world/x?CMP=share_btn_tw", "https://amp.theguardian.com/world/x"},
	"parameters of the Washington Post":        {"https://www.washingtonpost.com/x/?itid=hp_1&tid=ss_tw", "https://www.washingtonpost.com/x"},
	"parameters of Bloomberg":                  {"https://www.bloomberg.com/news/articles/x?srnd=premium&sref=1", "https://www.bloomberg.com/news/articles/x"},
	"parameters of the Daily Mail":             {"https://www.dailymail.co.uk/news/article-1/x.html?ITO=1490&ns_campaign=1490", "https://www.dailymail.co.uk/news/article-1/x.html"},
}

// Pairs of addresses of two pages that resemble the above.
var twoPages = map[string][2]string{
	"playlists of YouTube":                  {"https://www.youtube.com/playlist?list=PL1", "https://www.youtube.com/playlist?list=PL2"},
	"videos of YouTube, one by its player":  {"https://youtu.be/Ab-1", "https://www.youtube.com/watch?v=Ab-2"},
	"ids that differ in case":               {"https://youtu.be/Ab", "https://youtu.be/aB"},
	"a list by network":                     {"https://a.example/list?src=twitter", "https://a.example/list?src=facebook"},
	"pages of an index":                     {"https://a.example/index.php?id=1", "https://a.example/index.php?id=2"},
	"a name that begins like an index":      {"https://a.example/1/index.php5", "https://a.example/1"},
	"a guitar amplifier's name":             {"https://a.example/amp/1", "https://a.example/1"},
	"a short s":                             {"https://a.example/?s=harbour", "https://a.example/?s=crane"},
	"a short sid of a story":                {"https://a.example/article.php?sid=1201", "https://a.example/article.php?sid=1202"},
	"a sid of words":                        {"https://a.example/?sid=harbour-crane-falls", "https://a.example/?sid=harbour-crane-rises"},
	"a site that calls itself Google":       {"https://google.evil.example/url?q=https://a.example/1", "https://a.example/1"},
	"a redirector to nowhere":               {"https://l.instagram.com/?e=a", "https://l.instagram.com/?e=b"},
	"translations":                          {"https://translate.google.com/translate?u=https://a.example/1", "https://a.example/1"},
	"copies in an archive":                  {"https://web.archive.org/web/2020/https://a.example/1", "https://a.example/1"},
	"revisions of a wiki":                   {"https://en.wikipedia.org/w/index.php?title=X&oldid=1", "https://en.wikipedia.org/w/index.php?title=X&oldid=2"},
	"blogs of one service":                  {"https://a.substack.com/p/x", "https://b.substack.com/p/x"},
	"blogs of Blogger":                      {"https://a.blogspot.de/x.html", "https://b.blogspot.com/x.html"},
	"a host of another country":             {"https://a.example.de/1", "https://a.example.at/1"},
	"a parameter of one site at another":    {"https://a.example/?cmp=1", "https://a.example/?cmp=2"},
	"a mobile label under another":          {"https://m.news.a.example/1", "https://news.a.example/1"},
	"articles of Google News":               {"https://news.google.com/articles/CBMix", "https://news.google.com/rss/articles/CBMiy"},
	"accounts that tweet under one number":  {"https://x.com/a/status/1", "https://x.com/a/status/2"},
	"escaped separators of a query":         {"https://a.example/?q=a%26b=1", "https://a.example/?q=a&b=1"},
	"topics of a forum in one session":      {"https://a.example/t?id=1&s=0123456789abcdef0123456789abcdef", "https://a.example/t?id=2&s=0123456789abcdef0123456789abcdef"},
	"outputs other than AMP":                {"https://a.example/1?output=print", "https://a.example/1"},
	"pages of a story":                      {"https://a.example/1?page=2", "https://a.example/1?page=3"},
	"versions of a file":                    {"https://a.example/f?ref=v1.2", "https://a.example/f?ref=v1.3"},
	"days of a live blog":                   {"https://a.example/live/day-1", "https://a.example/live/day-2"},
	"languages by parameter":                {"https://a.example/1?lang=de", "https://a.example/1?lang=fr"},
	"the query of a wrapped address":        {"https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example%2F%3Fid%3D1", "https://a.example/?id=2"},
	"tenants of a host of pages":            {"https://a.github.io/x", "https://b.github.io/x"},
	"an address in a parameter of any site": {"https://a.example/go?url=https://b.example/1", "https://b.example/1"},
}

func TestEachRuleOfASiteJoinsItsPages(t *testing.T) {
	for name, pair := range onePage {
		one, ok1 := canonical.URL(pair[0])
		two, ok2 := canonical.URL(pair[1])
		if !ok1 || !ok2 || one != two {
			t.Errorf("%s: %q is %q (%v), %q is %q (%v); want one key", name, pair[0], one, ok1, pair[1], two, ok2)
		}
	}
}

func TestNoRuleOfASiteJoinsOtherPages(t *testing.T) {
	for name, pair := range twoPages {
		one, ok1 := canonical.URL(pair[0])
		two, ok2 := canonical.URL(pair[1])
		if !ok1 || !ok2 || one == two {
			t.Errorf("%s: %q is %q (%v), %q is %q (%v); want two keys", name, pair[0], one, ok1, pair[1], two, ok2)
		}
	}
}

// drawn is an address made of parts of those above and of others.
func drawn(t *rapid.T) string {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	list := func(label, sep string, from ...string) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(from), 0, 4).Draw(t, label), sep)
	}
	host := pick("host", "a.example", "WWW.A.example.", "m.a.co.uk", "amp.a.example", "en.m.wikipedia.org", "bücher.example",
		"www.youtube.com", "youtu.be", "news.google.com", "a.blogspot.de", "x.com", "bbc.com", "[2001:db8::1]", "cdn.ampproject.org",
		"www.google.de", "l.instagram.com", "us.rd.yahoo.com", "go.theregister.com", "mobile.m.www.a.example")
	port := pick("port", "", ":80", ":443", ":8443", ":0080")
	path := list("path", "/", "", ".", "..", "amp", "x.amp", "x.amp.html", "index.html", "Default.aspx", "amp.html", "a%2fb", "%7e", "100%",
		"é", ";jsessionid=1", "(S(0a1b2c3d4e5f6g7h))", "embed", "watch", "rss", "articles", "url", "c", "s", "feed", "*http://b.example/1", "b.example")
	query := list("query", "&", "id=7", "b=2", "amp;c=3", "amp;", "x=", "=", "utm_source=rss", "AMP=1", "v=1", "v=%26", "m=1", "s=20", "q=a+b",
		"url=https%3A%2F%2Fb.example%2F1", "q=https://b.example/2", "u=http://c.example", "ref=rss", "https://d.example/")
	fragment := pick("fragment", "", "#", "#top", "#!t/1", "#/t/ü", "#:~:text=x")
	address := pick("scheme", "http://", "HTTPS://") + host + port
	if path != "" {
		address += "/" + path
	}
	if query != "" {
		address += "?" + query
	}
	return address + fragment
}

func TestAKeyIsTheKeyOfItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := drawn(t)
		key, ok := canonical.URL(raw)
		if !ok {
			return
		}
		again, ok := canonical.URL("https://" + key)
		if !ok || again != key {
			t.Errorf("%q gives %q, and that gives %q (%v)", raw, key, again, ok)
		}
	})
}

func TestLinkTellsAddressesApartThatHaveNoKey(t *testing.T) {
	for raw, want := range map[string]string{
		"https://www.a.example/1?utm_source=x": "a.example/1",
		"https://www.a.example/?utm_source=x":  "a.example",
		"mailto:a@a.example":                   "mailto:a@a.example",
		"/1":                                   "/1",
	} {
		if got := canonical.Link(raw); got != want {
			t.Errorf("Link(%q) = %q; want %q", raw, got, want)
		}
	}
}

func TestAFrontPageHasNoKeyHoweverItIsReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.SampledFrom([]string{"a.example", "www.a.example", "m.a.example", "amp.a.example:443", "a.blogspot.de"}).Draw(t, "host")
		path := rapid.SampledFrom([]string{"", "/", "//", "/./", "/x/..", "/index.html", "/index.php", "/amp", "/amp/index.amp.html", "/Default.aspx", "/;jsessionid=1"}).Draw(t, "path")
		query := rapid.SampledFrom([]string{"", "?", "?utm_source=rss&fbclid=1", "?amp=1", "?rss", "?&amp;utm_x=1"}).Draw(t, "query")
		fragment := rapid.SampledFrom([]string{"", "#", "#news"}).Draw(t, "fragment")
		if key, ok := canonical.URL("https://" + host + path + query + fragment); ok {
			t.Errorf("%s%s%s%s has the key %q", host, path, query, fragment, key)
		}
	})
}
