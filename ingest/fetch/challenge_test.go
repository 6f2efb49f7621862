package fetch_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

// htmlPage is a reply with a page of this head.
func htmlPage(status int, head string) fetchtest.Reply {
	return fetchtest.Reply{
		Status: status, ContentType: "text/html; charset=utf-8",
		Body: "<!DOCTYPE html><html><head><title>One moment</title>" + head + "</head><body></body></html>",
	}
}

func TestAChallengeForBrowsersIsNamed(t *testing.T) {
	script := func(src string) string { return fmt.Sprintf(`<script src="%s"></script>`, src) }
	cloudflare := fetchtest.Challenge("8a1b2c3d4e5f-FRA")
	as := func(status int) fetchtest.Reply { r := cloudflare; r.Status = status; return r }
	packed := htmlPage(403, script("/_Incapsula_Resource?SWJIYLWA=1"))
	packed.Coding = "gzip"
	for name, tc := range map[string]struct {
		reply fetchtest.Reply
		want  string
	}{
		"Cloudflare's by its field":         {cloudflare, "Cloudflare ray 8a1b2c3d4e5f-FRA"},
		"Cloudflare's by its field, 503":    {as(503), "Cloudflare ray 8a1b2c3d4e5f-FRA"},
		"Cloudflare's by its field, 200":    {as(200), "Cloudflare ray 8a1b2c3d4e5f-FRA"},
		"Cloudflare's by its page":          {htmlPage(403, `<script>window._cf_chl_opt={}</script>`), "Cloudflare"},
		"a ray that is none is left out":    {cloudflare.With("Cf-Ray", "<b>8a</b>"), "Cloudflare"},
		"a challenge of AWS":                {htmlPage(202, "").With("X-Amzn-Waf-Action", "challenge"), "AWS WAF"},
		"a puzzle of AWS":                   {fetchtest.Fails(405).With("x-amzn-waf-action", "captcha"), "AWS WAF"},
		"Akamai's":                          {htmlPage(403, `<div id="sec-if-cpt-container"></div>`), "Akamai"},
		"DataDome's":                        {htmlPage(403, script("https://ct.captcha-delivery.com/c.js")), "DataDome"},
		"HUMAN's":                           {htmlPage(403, `<div id="px-captcha"></div>`), "HUMAN"},
		"Imperva's, compressed":             {packed, "Imperva"},
		"DDoS-Guard's":                      {htmlPage(403, script("/.well-known/ddos-guard/js-challenge/index.js")), "DDoS-Guard"},
		"Anubis's, that looks like success": {htmlPage(200, `<script id="anubis_challenge" type="application/json">{}</script>`), "Anubis"},
		"Anubis's, with a status":           {htmlPage(503, `<script id="anubis_challenge" type="application/json">{}</script>`), "Anubis"},
		"Sucuri's":                          {htmlPage(503, `<script>var s={},sucuri_cloudproxy_js=''</script>`), "Sucuri"},
	} {
		t.Run(name, func(t *testing.T) {
			p := fetchtest.New(t)
			ans, err := newClient(t, fetch.Options{}).Fetch(t.Context(), fetch.Target{URL: p.Set("/", tc.reply)})
			if err == nil || !strings.Contains(err.Error(), "a challenge for browsers ("+tc.want+"); ask the publisher") {
				t.Errorf("%v, want one that names %s", err, tc.want)
			}
			if ans.Status != tc.reply.Status || ans.Body != nil || p.Count("") != 1 {
				t.Errorf("status %d, %d bytes, asked %d times", ans.Status, len(ans.Body), p.Count(""))
			}
		})
	}
}

func TestWhatIsNoChallengeIsNotCalledOne(t *testing.T) {
	typed := func(r fetchtest.Reply, kind string) fetchtest.Reply { r.ContentType = kind; return r }
	mark := `<div id="px-captcha"></div>`
	broken := htmlPage(403, mark)
	broken.Header = http.Header{"Content-Encoding": {"gzip"}}
	for name, reply := range map[string]fetchtest.Reply{
		"a page without a mark":              htmlPage(403, "<p>Please do press and hold.</p>"),
		"a mark in what is no page":          typed(htmlPage(403, mark), "text/plain"),
		"a mark in what has no type":         typed(htmlPage(403, mark), "?"),
		"a page that is too long for one":    htmlPage(403, strings.Repeat("<p>More.</p>", 6<<10)+mark),
		"a page that cannot be decoded":      broken,
		"AWS that let us through":            htmlPage(404, "").With("X-Amzn-Waf-Action", "allow"),
		"a page that only is about a field":  htmlPage(403, "<p>Cf-Mitigated: challenge</p>"),
		"an address that is not there":       fetchtest.Fails(404),
		"a limit that was reached":           fetchtest.Busy(429, "60"),
		"a server that broke, with no body":  {Status: 500},
		"a page of a size that is not told":  htmlPage(404, "").With("Transfer-Encoding", "chunked"),
		"a mark of a page that let us along": htmlPage(404, "<p>captcha-delivery</p>"),
	} {
		t.Run(name, func(t *testing.T) {
			p := fetchtest.New(t)
			_, err := newClient(t, fetch.Options{}).Fetch(t.Context(), fetch.Target{URL: p.Set("/", reply)})
			if err == nil || strings.Contains(err.Error(), "challenge") || !strings.Contains(err.Error(), fmt.Sprint(reply.Status)) {
				t.Errorf("%v, want the status %d and no challenge", err, reply.Status)
			}
		})
	}
}

// An article may quote the page, and a page that lies is told from one by how it begins.
func TestADocumentThatQuotesAChallengeIsADocument(t *testing.T) {
	const mark = `<script id="anubis_challenge" type="application/json">`
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	for name, reply := range map[string]fetchtest.Reply{
		"a feed":                    {Body: "<rss><channel><title><![CDATA[" + mark + "]]></title></channel></rss>"},
		"a feed with a page's type": {Body: "<?xml version='1.0'?><rss><channel><title><![CDATA[" + mark + "]]></title></channel></rss>", ContentType: "text/html"},
		"a page that was let along": htmlPage(200, `<script src="/_Incapsula_Resource?SWJIYLWA=1"></script>`),
		"a long page":               htmlPage(200, strings.Repeat("<p>More.</p>", 6<<10)+mark),
	} {
		ans, err := c.Fetch(t.Context(), fetch.Target{URL: p.Set("/", reply)})
		if err != nil || string(ans.Body) != reply.Body {
			t.Errorf("%s: %d bytes, %v", name, len(ans.Body), err)
		}
	}
}
