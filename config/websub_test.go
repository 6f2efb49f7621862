package config_test

import (
	"strings"
	"testing"
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
