package app

import (
	"cmp"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"sluice/cmd/internal/web"
	"sluice/config"
	"sluice/feed"
	"sluice/feed/filter"
	"sluice/feed/publish"
	"sluice/ingest"
	"sluice/ingest/fetch"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// newClient makes the client that all sources are asked with. A configured user
// agent is used as it is, without the number of subscribers.
func newClient(cfg *config.Config, subscribers func() int) (*fetch.Client, error) {
	agent := cfg.Ingest.UserAgent
	if agent != "" {
		subscribers = nil
	} else {
		agent = "sluice/" + Version + " (+" + cfg.Server.BaseURL + ")"
	}
	return fetch.New(fetch.Options{
		UserAgent: agent, Timeout: cfg.Ingest.Timeout, MaxBody: cfg.Ingest.MaxBody, AllowPrivate: cfg.Ingest.AllowPrivate,
		Subscribers: subscribers, Beside: cfg.Storage.Path.Reveal(),
	})
}

// newPlan translates the configuration into what ingest asks for.
func newPlan(cfg *config.Config, client *fetch.Client) ingest.Plan {
	plan := ingest.Plan{
		Min: cfg.Ingest.MinInterval, Max: cfg.Ingest.MaxInterval,
		Pace: ingest.Pace{
			Workers: cfg.Ingest.Workers, PerHost: cfg.Ingest.PerHost.Parallel, Spacing: cfg.Ingest.PerHost.Spacing,
		},
		Patience:  cfg.Ingest.Timeout,
		Authority: authority(cfg.Server.BaseURL), Fetcher: client, HostOf: paceKey,
		Sources: make([]ingest.Source, 0, len(cfg.Sources)),
	}
	for _, s := range cfg.Sources {
		src := s.Feed()
		src.Host = paceKey(src.URL)
		plan.Sources = append(plan.Sources, ingest.Source{
			Source: src, Target: target(s, src.URL), IgnoreValidators: s.IgnoreValidators,
			Shown: s.URL.Bare(), Hide: s.Hider(),
		})
	}
	return plan
}

// target is how a source is asked, without validators.
func target(s config.Source, address string) fetch.Target {
	t := fetch.Target{
		URL: address, Name: shownName(s.URL.Bare()), Proxy: s.Proxy.Reveal(), AllowPrivate: s.AllowPrivate,
		Username: s.Auth.Username.Reveal(), Password: s.Auth.Password.Reveal(), Bearer: s.Auth.Bearer.Reveal(),
		HTTP1: s.HTTP1, InsecureTLS: s.InsecureTLS,
	}
	if len(s.Headers) > 0 {
		t.Header = make(http.Header, len(s.Headers))
	}
	for name, value := range s.Headers {
		t.Header.Set(name, value.Reveal())
	}
	return t
}

// shownName is the host, or the path, of an address as it may be shown where a
// part of that is secret; else empty.
func shownName(bare string) string {
	const secret = "***"
	if !strings.Contains(bare, secret) {
		return ""
	}
	u, err := url.Parse(bare)
	if err != nil {
		return secret
	}
	name := cmp.Or(u.Host, u.Opaque, u.Path)
	if u.Scheme != "file" {
		name = u.Host
	}
	if !strings.Contains(name, secret) {
		return ""
	}
	return name
}

// authority is the host of base_url, in whose name ids are made (RFC 4151).
func authority(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil {
		return "localhost" // not reached: config has checked it
	}
	return strings.ToLower(u.Hostname())
}

// paceKey is what per-host pacing goes by: the registrable domain, because many
// hosts of one owner stand behind one limit; else the address; each file by itself.
func paceKey(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "file" {
		return address
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().WithZone("").String()
	}
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

// rulesOf are the rules of those sources of which not all is kept.
func rulesOf(cfg *config.Config) map[feed.SourceID]*filter.Filter {
	keeps := map[feed.SourceID]*filter.Filter{}
	for i := range cfg.Sources {
		if s := &cfg.Sources[i]; !s.Keep.Always() {
			keeps[s.Name] = s.Keep
		}
	}
	return keeps
}

// tokens are the digests of the tokens of which a request for the output brings one.
func tokens(oc config.Output) []web.Token {
	var all []web.Token
	for _, digest := range oc.Digests() {
		all = append(all, digest)
	}
	return all
}

// sourceInfo says what a source is called and where it lives, without secrets.
func sourceInfo(s *config.Source, info feed.Info, hide *feed.Hider) publish.SourceInfo {
	src := s.Feed()
	title := src.Title
	if title == "" {
		title = hide.Text(info.Title)
	}
	if title == "" {
		title = string(src.Name)
	}
	return publish.SourceInfo{
		Name: src.Name, Title: title, ID: hide.Text(info.ID), URL: s.URL.Bare(), Site: hide.Text(info.Link),
		Tags: src.Tags, Language: hide.Text(info.Language), Hide: hide,
	}
}

// maxAge is how long subscribers may keep a document: half of the shortest
// interval of a source, within 5 minutes and an hour. It is the same as long as
// the configuration is.
func maxAge(cfg *config.Config) time.Duration {
	shortest := 2 * time.Hour
	for _, s := range cfg.Sources {
		shortest = min(shortest, s.Feed().Interval)
	}
	return min(max(shortest/2, 5*time.Minute), time.Hour)
}
