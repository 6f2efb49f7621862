package web

import (
	"strings"
	"testing"
)

func TestReadersAreOfAFamilyByTheirUserAgent(t *testing.T) {
	for agent, want := range map[string]string{
		"Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)": "Feedly",
		"FeedlyBot/1.0 (http://feedly.com)":                                       "Feedly",
		"Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 6 subscribers; )": "Inoreader",
		"Mozilla/5.0 (compatible; inoreader.com; 2 subscribers)":                  "Inoreader",
		"NewsBlur Feed Fetcher - 12 subscribers - https://www.newsblur.com/site/1/x (Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/14.0.1 Safari/605.1.15)": "NewsBlur",
		"Feedbin feed-id:1373711 - 142 subscribers":                                                   "Feedbin",
		"Mozilla/5.0 (compatible; theoldreader.com; 12 subscribers; feed-id=5f1)":                     "The Old Reader",
		"Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 23 subscribers)":           "BazQux",
		"Feedspot/1.0 (+https://www.feedspot.com/fs/fetcher; 1 subscribers; like FeedFetcher-Google)": "Feedspot",
		"CommaFeed/2.4.0 (https://github.com/Athou/commafeed)":                                        "CommaFeed",
		"FreshRSS/1.20.0 (Linux; https://freshrss.org)":                                               "FreshRSS",
		"FreshRSS/1.11.2 (Linux; https://freshrss.org) SimplePie/1.5.1":                               "FreshRSS",
		"Mozilla/5.0 (compatible; Miniflux/2.0.36; +https://miniflux.app)":                            "Miniflux",
		"NetNewsWire (RSS Reader; https://netnewswire.com/)":                                          "NetNewsWire",
		"Tiny Tiny RSS/21.09-9b1bd5d (https://tt-rss.org/)":                                           "Tiny Tiny RSS",
		"NextCloud-News/1.0":             "Nextcloud News",
		"Newsboat/2.21 (Linux x86_64)":   "Newsboat",
		"newsboat/2.10.2 (Linux x86_64)": "Newsboat",
		"newsbeuter/2.9 (Linux x86_64)":  "Newsboat",
		"Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Thunderbird/102.4.2":                       "Thunderbird",
		"Liferea/1.13.9 (Linux; https://lzone.de/liferea/) AppleWebKit (KHTML, like Gecko)":                  "Liferea",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.21 (KHTML, like Gecko) QuiteRSS/0.19.4 Safari/537.21": "QuiteRSS",
		"Emacs Elfeed 3.4.1": "Elfeed",
		"rss2email/3.13.1 (https://github.com/rss2email/rss2email)":                                                                                         "rss2email",
		"sluice/0.1.0 (+https://feeds.example.org)":                                                                                                         "sluice",
		"Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0":                                                                            "browser",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36":                                   "browser",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                                                                          "crawler",
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/103.0.5060.134 Safari/537.36": "crawler",
		"Slackbot 1.0 (+https://api.slack.com/robots)":                                                                                                      "crawler",
		"curl/7.88.1":               "library",
		"Wget/1.21.3":               "library",
		"python-requests/2.28.1":    "library",
		"Python/3.11 aiohttp/3.8.4": "library",
		"feedparser/6.0.10 +https://github.com/kurtmckee/feedparser/": "library",
		"Go-http-client/2.0":                           "library",
		"okhttp/4.9.3":                                 "library",
		"Mozilla/5.0 (compatible)":                     "other",
		"MyNewsfeed/1.0 (+https://x.example/feed.php)": "other",
		"": "other",
	} {
		if got := familyOf(agent); got != want {
			t.Errorf("%q: %s, want %s", agent, got, want)
		}
	}
}

// TestFamiliesCanBeReached holds that no entry of the table hides behind one before it.
func TestFamiliesCanBeReached(t *testing.T) {
	for i, f := range agentFamilies {
		if f.mark != strings.ToLower(f.mark) {
			t.Errorf("%q has capitals, and never fits", f.mark)
		}
		for _, before := range agentFamilies[:i] {
			if strings.Contains(f.mark, before.mark) {
				t.Errorf("%q is always %q", f.mark, before.family)
			}
		}
	}
}
