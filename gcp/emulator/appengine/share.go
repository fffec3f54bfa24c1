package appengine

import (
	"hash/fnv"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// slots are how many parts of a service's traffic a split tells apart.
const slots = 1000

// userCookie keeps a browser with one version (source:
// cloud.google.com/appengine/docs/flexible/splitting-traffic): a number of a slot.
const userCookie = "GOOGAPPUID"

// versionAt is the version that a split gives one of the slots to; "" where there is none.
func versionAt(split document, slot int) string {
	allocations, _ := split["allocations"].(document)
	end, last := 0.0, ""
	for _, version := range slices.Sorted(maps.Keys(allocations)) {
		share, _ := allocations[version].(float64)
		if end += share * slots; float64(slot) < end-1e-6 {
			return version
		}
		last = version
	}
	return last
}

// slotOf is the slot of a request, by what the split tells callers apart by. What is not
// told apart takes turns: of any thousand in a row each version gets exactly its share,
// well mixed. A cookie is for a browser that has none yet.
func slotOf(split document, r *http.Request, turn uint64) (slot int, set *http.Cookie) {
	slot = int(turn * 617 % slots)
	switch split["shardBy"] {
	case "IP":
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			host = r.RemoteAddr
		}
		h := fnv.New64a()
		_, _ = h.Write([]byte(host))
		return int(h.Sum64() % slots), nil
	case "COOKIE":
		for _, c := range r.CookiesNamed(userCookie) {
			if n, err := strconv.Atoi(strings.TrimPrefix(c.Value, "x")); err == nil && n >= 0 && n < slots {
				return n, nil
			}
		}
		return slot, &http.Cookie{Name: userCookie, Value: "x" + strconv.Itoa(slot), Path: "/", MaxAge: 180 * 24 * 60 * 60}
	}
	return slot, nil
}

// named takes the host of a request apart, [VERSION-dot-][SERVICE-dot-]PROJECT.localhost.
// A name that is no service's is a version's of the default one.
func named(host string, has func(project, service string) bool) (project, service, version string) {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	label, ok := strings.CutSuffix(strings.ToLower(host), ".localhost")
	if !ok {
		return "", "", ""
	}
	parts := strings.Split(label, "-dot-")
	project = parts[len(parts)-1]
	switch {
	case len(parts) == 3:
		return project, parts[1], parts[0]
	case len(parts) == 2 && has(project, parts[0]):
		return project, parts[0], ""
	case len(parts) == 2:
		return project, "default", parts[0]
	case len(parts) > 3:
		return "", "", ""
	}
	return project, "", ""
}
