package config

import (
	"fmt"
	"net"
	"net/url"
	"time"
)

// finish checks what needs more than one key, and fills in what depends on others.
func (d *decoder) finish(c *Config) {
	d.finishServer(c)
	d.finishIngest(c)
	d.takeOPML(c)
	d.finishSources(c)
	d.finishOutputs(c)
	d.refuseUnsupported()
	if len(c.Sources) == 0 {
		d.warnings = append(d.warnings, Problem{File: d.file, Line: 1, Column: 1, Path: "sources", Message: "there are none: nothing is polled"})
	}
	if len(c.Outputs) == 0 {
		d.warnings = append(d.warnings, Problem{File: d.file, Line: 1, Column: 1, Path: "outputs", Message: "there are none: nothing is served"})
	}
}

func (d *decoder) finishServer(c *Config) {
	s := &c.Server
	if s.Admin != "" && !s.AdminRemote && !isLocal(s.Admin) {
		d.at("server.admin").fail("others could reach it; use 127.0.0.1, [::1] or unix:/path, or set admin_remote: true")
	}
	if (s.TLS.Cert.Reveal() == "") != (s.TLS.Key.Reveal() == "") {
		d.at("server.tls").fail("cert and key belong together: give both or none")
	}
	c.place()
	seen := map[string]bool{}
	for _, address := range append([]string{s.Admin}, s.Listen...) {
		if seen[address] && address != "" && !anyPort(address) {
			d.at("server.listen").fail("an address is used twice, here or as server.admin")
		}
		seen[address] = true
	}
	d.finishReaders(s)
}

// finishReaders warns where readers cannot be told apart by their addresses, or can
// choose them.
func (d *decoder) finishReaders(s *Server) {
	local := true
	for _, address := range s.Listen {
		local = local && isLocal(address)
	}
	if s.ReaderLimit > 0 && len(s.TrustedProxies) == 0 && local && !unreachable(s.BaseURL) {
		d.at("server.reader_limit").warn("readers come by a proxy on this machine, which is not among trusted_proxies: " +
			"all of them count as one address, or by a unix socket as none")
	}
	for i, network := range s.Proxies() {
		if network.Bits() == 0 {
			d.at(fmt.Sprintf("server.trusted_proxies[%d]", i)).warn("everybody is believed, also who says that he is somebody else")
		}
	}
}

func (d *decoder) finishIngest(c *Config) {
	in := &c.Ingest
	// A longer min_interval alone moves the defaults beside it.
	if d.find("ingest.interval") == nil {
		in.Interval = max(in.Interval, in.MinInterval)
	}
	if d.find("ingest.max_interval") == nil {
		in.MaxInterval = max(in.MaxInterval, in.MinInterval, in.Interval)
	}
	if in.WebSub && unreachable(c.Server.BaseURL) {
		d.at("ingest.websub").warn("hubs cannot push to server.base_url, which is this machine's own; set it to how others reach it")
	}
	atLeast := func(path string, d2, least time.Duration, than string) {
		if d2 < least {
			d.at(path).fail("is below %s, %s", than, formatDuration(least))
		}
	}
	atLeast("ingest.interval", in.Interval, in.MinInterval, "ingest.min_interval")
	atLeast("ingest.max_interval", in.MaxInterval, in.MinInterval, "ingest.min_interval")
}

// anyPort reports whether the system chooses the port.
func anyPort(address string) bool { return len(address) > 2 && address[len(address)-2:] == ":0" }

// unreachable reports whether an address of ours means another machine to others.
func unreachable(baseURL string) bool {
	u, err := url.Parse(baseURL)
	return err != nil || isLocal(net.JoinHostPort(u.Hostname(), "0"))
}
