package web

import "strings"

// Families of readers that stand for many programs.
const (
	crawlerFamily = "crawler"
	browserFamily = "browser"
	libraryFamily = "library"
	otherFamily   = "other"
)

// agentFamilies are programs and services, by what their User-Agent has and others have
// not, in small letters. The first that fits counts: what names the library or the browser
// that it is made with stands before these. The list bounds what is ever
// counted apart, so a new one is an entry here and nowhere else.
var agentFamilies = []struct{ mark, family string }{
	{"feedly", "Feedly"},
	{"inoreader", "Inoreader"},
	{"newsblur", "NewsBlur"},
	{"feedbin", "Feedbin"},
	{"theoldreader", "The Old Reader"},
	{"bazqux", "BazQux"},
	{"feedspot", "Feedspot"},
	{"feeder.co", "Feeder"},
	{"commafeed", "CommaFeed"},
	{"freshrss", "FreshRSS"},
	{"miniflux", "Miniflux"},
	{"tiny tiny rss", "Tiny Tiny RSS"},
	{"nextcloud-news", "Nextcloud News"},
	{"netnewswire", "NetNewsWire"},
	{"reeder/", "Reeder"},
	{"readkit", "ReadKit"},
	{"newsboat", "Newsboat"},
	{"newsbeuter", "Newsboat"}, // its name of before
	{"thunderbird/", "Thunderbird"},
	{"liferea", "Liferea"},
	{"akregator", "Akregator"},
	{"quiterss", "QuiteRSS"},
	{"rss guard", "RSS Guard"},
	{"rssguard", "RSS Guard"},
	{"elfeed", "Elfeed"},
	{"rss2email", "rss2email"},
	{"feed2exec", "feed2exec"},
	{"sluice/", "sluice"},

	{"bot/", crawlerFamily},
	{"bot ", crawlerFamily},
	{"bot;", crawlerFamily},
	{"bot)", crawlerFamily},
	{"crawler", crawlerFamily},
	{"spider", crawlerFamily},
	{"slurp", crawlerFamily},

	{"curl/", libraryFamily},
	{"wget", libraryFamily},
	{"python", libraryFamily},
	{"feedparser", libraryFamily},
	{"aiohttp", libraryFamily},
	{"go-http-client", libraryFamily},
	{"gofeed", libraryFamily},
	{"okhttp", libraryFamily},
	{"java/", libraryFamily},
	{"apache-httpclient", libraryFamily},
	{"axios", libraryFamily},
	{"node-fetch", libraryFamily},
	{"undici", libraryFamily},
	{"libwww-perl", libraryFamily},
	{"guzzlehttp", libraryFamily},
	{"simplepie", libraryFamily},
	{"magpierss", libraryFamily},
	{"faraday", libraryFamily},
	{"ruby", libraryFamily},
	{"php/", libraryFamily},
}

// engines are what the User-Agent of each browser has, all of which begin with "Mozilla/".
var engines = []string{"gecko/", "applewebkit/", "trident/", "msie "}

// familyOf is the program or service that a User-Agent is of, one of a bounded list.
func familyOf(agent string) string {
	small := strings.ToLower(agent)
	for _, f := range agentFamilies {
		if strings.Contains(small, f.mark) {
			return f.family
		}
	}
	if strings.HasPrefix(small, "mozilla/") {
		for _, engine := range engines {
			if strings.Contains(small, engine) {
				return browserFamily
			}
		}
	}
	return otherFamily
}
