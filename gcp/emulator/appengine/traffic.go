package appengine

import (
	"errors"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// cookie has where a caller stands, from 0 to 999, where traffic is split by it.
// Source: cloud.google.com/appengine/docs/flexible/splitting-traffic.
const cookie = "GOOGAPPUID"

// App is what answers on [[VERSION-dot-]SERVICE-dot-]PROJECT.localhost; nil where there is
// no such application.
func (s *Server) App(host string) http.Handler {
	label, ok := strings.CutSuffix(hostname(host), ".localhost")
	if !ok {
		return nil
	}
	names := strings.Split(label, "-dot-")
	project := names[len(names)-1]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state[project] == nil || len(names) > 3 {
		return nil
	}
	names = names[:len(names)-1]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, project, names) })
}

func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(host)
}

// answer hands a request to the version that is named, or whose turn it is.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, project string, names []string) {
	var v *live
	w, done := container.Asked(w, r, s.host.Now)
	defer func() { // also where the container breaks off, which panics
		if v == nil {
			return
		}
		began, asked := done()
		if err := v.log().AddRequest(began, asked); err != nil {
			s.host.Log.Warn("a request is not logged", "version", v.id, "error", err)
		}
	}()
	for {
		if v = s.pick(w, r, project, names); v == nil {
			frame.NotServed(w)
			return
		}
		in := v.instances[v.turn.Add(1)%uint64(len(v.instances))]
		b, err := in.Acquire(r.Context())
		switch {
		case errors.Is(err, container.ErrRetired) && s.host.Context().Err() == nil && r.Context().Err() == nil:
			continue // the traffic has just moved away
		case err != nil:
			refuse(w, r, err)
		default:
			func() { // the proxy may panic, as net/http lets it
				defer in.Release(b)
				b.ServeHTTP(w, r)
			}()
		}
		return
	}
}

// pick gives the version that is to answer: nil where none is.
func (s *Server) pick(w http.ResponseWriter, r *http.Request, project string, names []string) *live {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.state[project]
	if a == nil {
		return nil
	}
	service, version := "default", ""
	switch len(names) {
	case 0:
		rules, err := rulesOf(a.App)
		if err != nil {
			return nil
		}
		service = dispatched(rules, hostname(r.Host), r.URL.Path)
	case 1:
		if service = names[0]; !a.has(service) { // VERSION-dot-PROJECT is the default service's
			service, version = "default", names[0]
		}
	default:
		version, service = names[0], names[1]
	}
	v := a.Services[service]
	if v == nil {
		return nil
	}
	if version == "" {
		version = v.turn(w, r)
	}
	return s.lives[versionName(project, service, version)]
}

// turn is the version that a request to a service goes to.
func (v *service) turn(w http.ResponseWriter, r *http.Request) string {
	split, _ := v.Service["split"].(document)
	allocations, _ := split["allocations"].(document)
	versions := slices.Sorted(maps.Keys(allocations))
	if len(versions) < 2 {
		return strings.Join(versions, "")
	}
	by, _ := split["shardBy"].(string)
	at, sum := float64(place(w, r, by))/1000, 0.0
	for _, version := range versions {
		share, _ := allocations[version].(float64)
		if sum += share; at < sum-1e-9 {
			return version
		}
	}
	return versions[len(versions)-1]
}

// place is where a caller stands, from 0 to 999.
func place(w http.ResponseWriter, r *http.Request, by string) int {
	switch by {
	case "IP":
		h := fnv.New32a()
		ip, _, _ := net.SplitHostPort(r.RemoteAddr)
		_, _ = h.Write([]byte(ip))
		return int(h.Sum32() % 1000)
	case "COOKIE":
		if c, err := r.Cookie(cookie); err == nil {
			if n, err := strconv.Atoi(c.Value); err == nil && n >= 0 && n < 1000 {
				return n
			}
		}
		n := rand.IntN(1000)
		http.SetCookie(w, &http.Cookie{Name: cookie, Value: strconv.Itoa(n), Path: "/"})
		return n
	}
	return rand.IntN(1000)
}
