package parse

import "testing"

func TestAddressesAreForgivenMuchBehindTheHostAlone(t *testing.T) {
	for raw, want := range map[string]string{
		"https://e.example/100%":     "https://e.example/100%",
		"https://e.example/a?b=5%&c": "https://e.example/a?b=5%&c",
		"https://e.%xample/1":        "",
		"https://a:b:80/1":           "",
		"https://%/1":                "",
		"https://e.ex<b>/1":          "",
		"https://[2001:db8::1]:80/1": "https://[2001:db8::1]:80/1",
		"https://o“\u0093.example/1": "",
		"https://bücher.example/<b>": "https://bücher.example/<b>",
		"https://e.example/a%20b%zz": "https://e.example/a%20b%zz",
	} {
		p := &parser{warnings: map[string]int{}}
		if got := p.address(nil, raw); got != want {
			t.Errorf("%q is %q, want %q", raw, got, want)
		}
	}
}
