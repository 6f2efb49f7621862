package config_test

import (
	"strings"
	"testing"

	"sluice/config"
)

func TestHubsCannotPushToAnAddressThatIsThisMachinesOwn(t *testing.T) {
	for base, warned := range map[string]bool{"http://127.0.0.1:8080": true, "http://localhost": true, "http://[::1]:8080": true, "https://feeds.example.org": false} {
		c := parse(t, "server: {base_url: '"+base+"'}\ningest: {websub: true}\n")
		got := false
		for _, w := range c.Warnings {
			got = got || strings.Contains(w.String(), "ingest.websub: hubs cannot push")
		}
		if got != warned {
			t.Errorf("%s: warned %v", base, got)
		}
	}
}

func TestHubsAreNamedWithoutTheirSecretsAndWarnedOfWhereTheyCannotWork(t *testing.T) {
	const site = "server: {base_url: 'https://feeds.example.org'}\n"
	for name, tt := range map[string]struct {
		site, keys string
		named      string
		warned     string // a part of the one warning; empty: none
	}{
		"plain":             {site, "hubs: ['https://hub.example/', 'https://other.example/?a=b']", "https://hub.example/ https://other.example/?a=b", ""},
		"with secrets":      {site, "hubs: ['https://me:pw@hub.example/?token=x&a=b']", "https://hub.example/?a=b", ""},
		"named twice":       {site, "hubs: ['https://hub.example/', 'https://hub.example/']", "https://hub.example/", "outputs[0].hubs[1]: this hub is there twice"},
		"two logins":        {site, "hubs: ['https://a:b@hub.example/', 'https://c:d@hub.example/']", "https://hub.example/", ""},
		"from outside":      {site, "hubs: ['https://${HUB}/']", "", "outputs[0].hubs[0]: it comes from the environment"},
		"behind a token":    {site, "hubs: ['https://hub.example/'], tokens: ['" + strings.Repeat("ab", 32) + "']", "", "outputs[0].hubs: no hub can read"},
		"on this machine":   {"server: {base_url: 'http://127.0.0.1:8080'}\n", "hubs: ['https://hub.example/']", "https://hub.example/", "outputs[0].hubs: hubs cannot read the output at server.base_url"},
		"none at all":       {"server: {base_url: 'http://127.0.0.1:8080'}\n", "hubs: []", "", ""},
		"a parameter alone": {site, "hubs: ['https://hub.example/?x=${HUB}']", "", "outputs[0].hubs[0]: it comes from the environment"},
	} {
		t.Run(name, func(t *testing.T) {
			env := func(string) (string, bool) { return "s3cret.example", true }
			c, err := config.Parse("c.yaml", []byte(tt.site+"sources: [{name: a, url: https://a.example/}]\noutputs: [{name: all, "+tt.keys+"}]\n"), env)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(c.Outputs[0].Feed().Hubs, " "); got != tt.named {
				t.Errorf("named %q, want %q", got, tt.named)
			}
			var said []string
			for _, w := range c.Warnings {
				said = append(said, w.String())
			}
			if all := strings.Join(said, "; "); len(said) > 1 || !strings.Contains(all, tt.warned) || (all == "") != (tt.warned == "") || strings.Contains(all, "s3cret") {
				t.Errorf("warned %q, want %q", all, tt.warned)
			}
		})
	}
}
