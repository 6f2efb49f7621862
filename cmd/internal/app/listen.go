package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"

	"sluice/cmd/internal/control"
	"sluice/cmd/internal/metrics"
	"sluice/cmd/internal/systemd"
	"sluice/cmd/internal/web"
	"sluice/config"
)

// listen opens the public, the admin and the control listeners. A port in use is
// an error here, before anything is served.
func (a *App) listen(ctx context.Context, cfg *config.Config, manager *systemd.Manager) error {
	front, err := a.newSite(cfg)
	if err != nil {
		return err
	}
	a.site.Store(front)
	log := a.log.With("component", "admin")
	a.admin = web.Admin(log, web.AdminPages{
		Metrics: web.Metrics(log, metrics.ContentType, a.WriteMetrics),
		JSON:    func(ctx context.Context) (any, error) { return a.Status(ctx) }, Status: a.StatusPage, Ready: a.readiness,
		Hosts: func() []string { return operatorHosts(a.engine.Config(), machine()) },
	})
	if err := a.inherit(cfg, manager); err != nil {
		return err
	}
	opened, _, err := a.change(ctx, cfg)
	if err != nil {
		return err
	}
	a.servers.list = append(a.servers.list, opened...)
	ln, err := control.Listen(ctx, cfg.Server.Control.Reveal())
	if err != nil {
		return cfg.Server.Control.Hide(err)
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	a.endWork = end
	a.servers.list = append(a.servers.list,
		a.newServer(ln, control.Server(control.Handler(life, a, a.admin)), forCommands, "", false))
	a.push("control work", func(context.Context) error { end(); return nil })
	a.announce(ctx, cfg)
	return nil
}

// inherit takes over what the service manager has opened. Its names say what for, and
// what has no name that we know is for readers.
func (a *App) inherit(cfg *config.Config, manager *systemd.Manager) error {
	sockets, err := manager.Sockets()
	if err != nil {
		return err
	}
	for _, s := range sockets {
		if s.Name == string(forOperators) {
			a.servers.list = append(a.servers.list, a.newServer(web.Listener(s.Listener, connections()), web.AdminServer(a.admin), forOperators, "", false))
			if tcp, ok := s.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() && !cfg.Server.AdminRemote {
				return fmt.Errorf("inherited socket %q: others could reach it at %s; listen on loopback, or set server.admin_remote: true", s.Name, tcp)
			}
			continue
		}
		a.servers.list = append(a.servers.list,
			a.newServer(a.forReaders(s.Listener), web.Server(a.Public()), forReaders, "", a.site.Load().cert != nil))
	}
	return nil
}

// change opens what a configuration listens on beyond what is open, and returns it with
// what it listens on no more. What the service manager opened wins over the addresses of
// the same role and stays. After an error nothing of it is left open.
func (a *App) change(ctx context.Context, cfg *config.Config) (opened, gone []*server, err error) {
	wanted := map[role][]string{forReaders: cfg.Server.Listen}
	if cfg.Server.Admin != "" {
		wanted[forOperators] = []string{cfg.Server.Admin}
	}
	for _, as := range []role{forReaders, forOperators} {
		there := a.servers.of(as)
		if len(there) > 0 && there[0].addr == "" {
			continue
		}
		for _, s := range there {
			if !slices.Contains(wanted[as], s.addr) {
				gone = append(gone, s)
			}
		}
		for _, addr := range wanted[as] {
			if slices.ContainsFunc(there, func(s *server) bool { return s.addr == addr }) {
				continue
			}
			s, failed := a.open(ctx, addr, as, as == forReaders && cfg.Server.TLS.Cert.Reveal() != "")
			if failed != nil {
				err = errors.Join(err, failed)
				continue
			}
			opened = append(opened, s)
		}
	}
	if err != nil {
		for _, s := range opened {
			err = errors.Join(err, s.close())
		}
		return nil, nil, err
	}
	return opened, gone, nil
}

// announce logs where everything is, once all of it is there.
func (a *App) announce(ctx context.Context, cfg *config.Config) {
	for _, s := range a.servers.of(forReaders) {
		a.log.InfoContext(ctx, "listening", append(s.where(), "outputs", cfg.Server.BaseURL+"/")...)
	}
	for _, o := range cfg.Outputs {
		a.log.InfoContext(ctx, "publishing", "output", o.Name, "url", cfg.Server.BaseURL+"/feeds/"+o.Name+".rss")
	}
	for _, s := range a.servers.of(forOperators) {
		a.log.InfoContext(ctx, "listening", append(s.where(), "for", string(s.role))...)
	}
}

// where is the address of a server, for the log: as it was configured, with the port
// that the system chose where it was to choose one.
func (s *server) where() []any {
	switch {
	case s.addr == "":
		return []any{"address", s.ln.Addr().String(), "opened_by", "service manager"}
	case strings.HasSuffix(s.addr, ":0"):
		return []any{"address", s.ln.Addr().String()}
	}
	return []any{"address", s.addr}
}

// newSite makes what answers to subscribers under a configuration.
func (a *App) newSite(cfg *config.Config) (*site, error) {
	s := &site{handler: web.New(a.log.With("component", "web"), a.out, web.Options{
		BaseURL: cfg.Server.BaseURL, MaxAge: maxAge(cfg),
		Callbacks: a.engine.Hubs, Readers: &a.readers, Observe: a.counts.answered, Requests: a.log.With("component", "access"),
		Limit: cfg.Server.ReaderLimit, Proxies: cfg.Server.Proxies(),
	})}
	files := cfg.Server.TLS
	if files.Cert.Reveal() == "" {
		return s, nil
	}
	cert, err := tls.LoadX509KeyPair(files.Cert.Reveal(), files.Key.Reveal())
	if err != nil {
		return nil, fmt.Errorf("server.tls: %w", files.Cert.Hide(files.Key.Hide(err)))
	}
	s.cert = &cert
	return s, nil
}

// forReaders bounds a public listener, and counts whom it turns away.
func (a *App) forReaders(ln net.Listener) net.Listener {
	return web.CountedListener(ln, connections(), a.counts.turned)
}

// machine is the name of this machine; empty where the system has none.
var machine = sync.OnceValue(func() string {
	name, _ := os.Hostname() // then it is asked by its other names
	return name
})

// operatorHosts are the names by which operators reach the admin listener: those that the
// configuration has for it and for the outputs, and the machine's. A page elsewhere can
// have none of them lead here.
func operatorHosts(cfg *config.Config, machine string) (names []string) {
	if u, err := url.Parse(cfg.Server.BaseURL); err == nil {
		names = append(names, u.Hostname())
	}
	if host, _, err := net.SplitHostPort(cfg.Server.Admin); err == nil && !strings.HasPrefix(cfg.Server.Admin, "unix:") {
		names = append(names, host)
	}
	return append(names, machine)
}

// open listens on host:port or unix:/path.
func (a *App) open(ctx context.Context, addr string, as role, secure bool) (*server, error) {
	network, target := "tcp", addr
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, target = "unix", path
		if err := control.RemoveStale(ctx, path); err != nil {
			return nil, fmt.Errorf("listen %s: %w", addr, err)
		}
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, network, target)
	if err != nil {
		return nil, fmt.Errorf("listen %s: %w", addr, cause(err))
	}
	if network == "unix" {
		if err := control.Bequeath(target); err != nil {
			return nil, errors.Join(fmt.Errorf("listen %s: %w", addr, err), ln.Close())
		}
	}
	if as == forOperators {
		return a.newServer(web.Listener(ln, connections()), web.AdminServer(a.admin), as, addr, secure), nil
	}
	return a.newServer(a.forReaders(ln), web.Server(a.Public()), as, addr, secure), nil
}

// cause is a network error without the address, which the caller names.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}
