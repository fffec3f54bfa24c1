package appengine

import (
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (s *Server) listServices(r *http.Request, project string, _ []string) (any, error) {
	return s.look(project, func(a *application) (any, error) {
		all := []document{}
		for _, id := range a.services() {
			all = append(all, a.Services[id].Service)
		}
		return page(r, "services", all)
	})
}

func (s *Server) getService(_ *http.Request, project string, named []string) (any, error) {
	return s.look(project, func(a *application) (any, error) {
		v, _, err := a.find(project, named)
		if err != nil {
			return nil, err
		}
		return v.Service, nil
	})
}

// patchService changes how the traffic is split, and who may call.
func (s *Server) patchService(r *http.Request, project string, named []string) (any, error) {
	body, err := read(r, "Service")
	if err != nil {
		return nil, err
	}
	err = s.change(project, func(a *application) error {
		v, _, err := a.find(project, named)
		if err != nil {
			return err
		}
		changed := document{}
		for path := range strings.SplitSeq(r.URL.Query().Get("updateMask"), ",") {
			switch path = jsonName(path); path {
			case "networkSettings":
				changed[path], err = networkSettingsOf(body[path])
			case "labels":
				changed[path], err = labelsOf(body[path])
			case "split":
				if strings.EqualFold(r.URL.Query().Get("migrateTraffic"), "true") {
					return invalid("Migrating traffic gradually is not supported in the flexible environment.")
				}
				changed[path], err = splitOf(v, body[path])
			default:
				return invalid("Invalid field in update_mask: %.200q", path)
			}
			if err != nil {
				return err
			}
		}
		maps.Copy(v.Service, changed)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.done(r, project, "Services.UpdateService", named[0])
}

func networkSettingsOf(given any) (document, error) {
	settings, _ := given.(document)
	if settings["ingressTrafficAllowed"] == nil {
		return nil, invalid("The network settings must say which traffic is allowed.")
	}
	return settings, nil
}

// labelForm is that of a label's key and value, but for letters of other alphabets.
var labelForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9_-]{0,63}$`) })

// labelsOf are a service's labels, which replace those that it had.
func labelsOf(given any) (document, error) {
	labels, _ := given.(document)
	if len(labels) > 32 {
		return nil, invalid("A service can have at most 32 labels.")
	}
	for key, value := range labels {
		text, _ := value.(string)
		if !labelForm().MatchString(text) || !labelForm().MatchString(key) || key == "" || key[0] < 'a' {
			return nil, invalid("Invalid label %.200q: %.200v", key, value)
		}
	}
	return labels, nil
}

// places are how many of a share count, by what callers are told apart by.
var places = map[string]float64{"": 1e3, "UNSPECIFIED": 1e3, "IP": 1e2, "COOKIE": 1e3, "RANDOM": 1e3}

// splitOf is a split of a service's traffic that can be.
func splitOf(v *service, given any) (document, error) {
	split, _ := given.(document)
	by, _ := split["shardBy"].(string)
	allocations, _ := split["allocations"].(document)
	unit := places[by]
	switch {
	case len(allocations) == 0:
		return nil, invalid("The traffic split must have allocations.")
	case len(allocations) > 1 && unit == 1e3 && (by == "" || by == "UNSPECIFIED"):
		return nil, invalid("The traffic split of several versions must say what it is by.")
	}
	sum := 0.0
	for version, part := range allocations {
		share, ok := part.(float64)
		if !ok || share <= 0 || share > 1 || math.Abs(math.Round(share*unit)-share*unit) > 1e-6 {
			return nil, invalid("Invalid allocation of version %q: %v", version, part)
		}
		doc := v.Versions[version]
		if doc == nil {
			return nil, invalid("Could not find Version '%s' of the traffic split.", version)
		}
		if doc["servingStatus"] != "SERVING" {
			return nil, status.Errorf(codes.FailedPrecondition, "Version '%s' is not serving, and can have no traffic.", version)
		}
		sum += share
	}
	if math.Abs(sum-1) > 1e-6 {
		return nil, invalid("The allocations of the traffic split must sum to 1, not %g.", sum)
	}
	if by == "" {
		split["shardBy"] = "UNSPECIFIED"
	}
	return split, nil
}

func (s *Server) deleteService(r *http.Request, project string, named []string) (any, error) {
	var gone []string
	err := s.change(project, func(a *application) error {
		v, _, err := a.find(project, named)
		if err != nil {
			return err
		}
		if named[0] == "default" {
			return invalid("The default service (module) may not be deleted, and must comprise at least one version.")
		}
		gone = slices.Collect(maps.Keys(v.Versions))
		delete(a.Services, named[0])
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, id := range gone {
		s.live(versionName(project, named[0], id), nil)
	}
	return s.done(r, project, "Services.DeleteService", named[0])
}
