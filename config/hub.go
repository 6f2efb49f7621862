package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// hubURL reads the address of a hub. Documents and headers name it, so it is written as
// they can hold it.
func hubURL(v value) (Address, bool) {
	a, ok := addressOf("http", "https")(v)
	if !ok {
		return Address{}, false
	}
	if strings.ContainsFunc(a.Reveal(), func(r rune) bool { return r > unicode.MaxASCII || strings.ContainsRune(`<>"\^{|}`, r) || r == '`' }) {
		v.fail("headers hold it, so write letters beyond ASCII in the host as xn--…, and other such characters as %%XX")
		return Address{}, false
	}
	return a, true
}

// NamedHubs are the hubs as documents name them, each once: without user info and
// secret parameters. One whose address comes from outside the file is not named, and an
// output that takes a token names none, because no hub could read it.
func (o Output) NamedHubs() []string {
	var named []string
	if len(o.Tokens) > 0 {
		return nil
	}
	for _, hub := range o.Hubs {
		if bare := hub.Bare(); !strings.Contains(bare, mask) && !slices.Contains(named, bare) {
			named = append(named, bare)
		}
	}
	return named
}

// checkHubs warns of hubs that cannot do their work.
func (d *decoder) checkHubs(c *Config, o *Output, at string) {
	if len(o.Hubs) == 0 {
		return
	}
	switch key := d.at(at + ".hubs"); {
	case len(o.Tokens) > 0:
		key.warn("no hub can read an output that takes a token: they are neither named nor told of changes")
		return
	case unreachable(c.Server.BaseURL):
		key.warn("hubs cannot read the output at server.base_url, which is this machine's own; set it to how others reach it")
	}
	for i, hub := range o.Hubs {
		v := d.at(fmt.Sprintf("%s.hubs[%d]", at, i))
		switch {
		case strings.Contains(hub.Bare(), mask):
			v.warn("it comes from the environment or a file, so it is secret and no document names it: it is told of changes, and subscribers do not find it")
		case slices.ContainsFunc(o.Hubs[:i], hub.Equal):
			v.warn("this hub is there twice; it is told once")
		}
	}
}
