package app

import (
	"slices"
	"testing"

	"sluice/config"
)

func TestOperatorsAskByNamesThatAreConfigured(t *testing.T) {
	for name, tt := range map[string]struct {
		base, admin, machine string
		want                 []string
	}{
		"loopback":             {"http://127.0.0.1:8080", "127.0.0.1:8081", "", []string{"127.0.0.1", "127.0.0.1", ""}},
		"names":                {"https://feeds.example.org:8443/x", "admin.example.org:8081", "host1.example.org", []string{"feeds.example.org", "admin.example.org", "host1.example.org"}},
		"a socket":             {"https://feeds.example.org", "unix:/run/sluice/admin", "host1", []string{"feeds.example.org", "host1"}},
		"inherited, no admin":  {"https://feeds.example.org", "", "host1", []string{"feeds.example.org", "host1"}},
		"an address of IPv6":   {"http://[::1]:8080", "[::1]:8081", "h", []string{"::1", "::1", "h"}},
		"every address it has": {"http://feeds.example.org", ":8081", "h", []string{"feeds.example.org", "", "h"}},
	} {
		cfg := &config.Config{}
		cfg.Server.BaseURL, cfg.Server.Admin = tt.base, tt.admin
		if got := operatorHosts(cfg, tt.machine); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
