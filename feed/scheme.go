package feed

import "strings"

// TrimScheme returns an address without "feed:", which browsers and lists put in front
// of it to say what is there, and whether it had that. The rest begins with // or with
// a scheme of its own: feed://HOST/PATH, feed:https://HOST/PATH.
func TrimScheme(address string) (rest string, had bool) {
	const scheme = "feed:"
	if len(address) < len(scheme) || !strings.EqualFold(address[:len(scheme)], scheme) {
		return address, false
	}
	return address[len(scheme):], true
}
