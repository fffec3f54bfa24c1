package serviceusage

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

const (
	host    = "serviceusage.googleapis.com"
	imports = "consumerQuotaMetrics:importConsumerOverrides"
)

// quotaPath is of v1beta1, which has no gRPC in Go: quotas are served over JSON alone.
var quotaPath = regexp.MustCompile(`^/v1beta1/(projects/([^/]+)/services/[^/]+)/(consumerQuotaMetrics(?::importConsumerOverrides)?)$`)

// web is what of the API is no gRPC.
func (s *Server) web() *frame.Web {
	on := frame.Surface{Handler: http.HandlerFunc(s.serveQuotas), Takes: frame.JSON, Challenge: frame.Google, Refuse: frame.RefuseJSON}
	return &frame.Web{Host: host, Has: quotaPath.MatchString, Surface: func(path string) frame.Surface {
		if !quotaPath.MatchString(path) {
			return frame.Surface{}
		}
		return on
	}}
}

// serveQuotas lists the quotas of an API, and takes overrides of them.
func (s *Server) serveQuotas(w http.ResponseWriter, r *http.Request) {
	m := quotaPath.FindStringSubmatch(r.URL.Path)
	serve, method, permission := s.listQuotas, http.MethodGet, "serviceusage.quotas.get"
	if m[3] == imports {
		serve, method, permission = s.importOverrides, http.MethodPost, "serviceusage.quotas.update"
	}
	if r.Method != method {
		frame.WriteError(w, status.Error(codes.Unimplemented, "the emulators serve no such method of Service Usage"))
		return
	}
	number, api, err := parse(m[1])
	if err == nil && s.cfg.Allow != nil {
		err = s.cfg.Allow(r.Context(), frame.Access{API: host, Project: m[2], Permission: permission, Resource: "projects/" + m[2]})
	}
	var answer any
	if err == nil {
		answer, err = serve(r, number, api)
	}
	if err != nil {
		frame.WriteError(w, err)
		return
	}
	frame.WriteJSON(w, http.StatusOK, answer)
}

func (s *Server) listQuotas(r *http.Request, number, api string) (any, error) {
	if err := s.Faults.Take(r.Context(), "ListConsumerQuotaMetrics"); err != nil {
		return nil, err
	}
	q := r.URL.Query()
	view := q.Get("view")
	if !slices.Contains([]string{"", "QUOTA_VIEW_UNSPECIFIED", "BASIC", "FULL"}, view) {
		return nil, status.Errorf(codes.InvalidArgument, "Invalid value at 'view' (type.googleapis.com/google.api.serviceusage.v1beta1.QuotaView), %.50q", view)
	}
	size := 0
	if text := q.Get("pageSize"); text != "" {
		var err error
		if size, err = strconv.Atoi(text); err != nil || size < 0 {
			return nil, status.Errorf(codes.InvalidArgument, "Invalid page size %.50q.", text)
		}
	}
	var all []any
	s.mu.Lock()
	for _, m := range regional {
		if m.api == api {
			all = append(all, m.resource(number, s.overrides[number], view == "FULL"))
		}
	}
	s.mu.Unlock()
	page, next, err := frame.Page(all, int32(min(size, 1000)), q.Get("pageToken"), 50, 1000)
	answer := map[string]any{}
	if len(page) > 0 {
		answer["metrics"] = page
	}
	if next != "" {
		answer["nextPageToken"] = next
	}
	return answer, err
}

// importOverrides sets limits of a project's own. One that takes more than a tenth of
// what there was must be forced.
func (s *Server) importOverrides(r *http.Request, number, api string) (any, error) {
	if err := s.Faults.Take(r.Context(), "ImportConsumerOverrides"); err != nil {
		return nil, err
	}
	var body struct {
		InlineSource struct{ Overrides []override }
		Force        bool
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(&body); err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "Invalid JSON payload received. %v", err)
	}
	if len(body.InlineSource.Overrides) == 0 {
		return nil, status.Error(codes.InvalidArgument, "inline_source must have overrides.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := slices.Clone(s.overrides[number])
	for _, o := range body.InlineSource.Overrides {
		m, ok := find(api, o.Metric)
		region := o.Dimensions["region"]
		switch {
		case !ok || o.Unit != m.unit:
			return nil, status.Errorf(codes.NotFound, "Quota limit %.100q of metric %.100q is not found for service %s.", o.Unit, o.Metric, api)
		case len(o.Dimensions) > 1 || len(o.Dimensions) == 1 && region == "":
			return nil, status.Error(codes.InvalidArgument, "The emulators take overrides for a region, or for all.")
		case region != "" && !slices.Contains(locations, region):
			return nil, status.Errorf(codes.InvalidArgument, "Location %.100q is not supported by the limit.", region)
		case o.Value < -1:
			return nil, status.Errorf(codes.InvalidArgument, "Override value %d must be -1 or more.", o.Value)
		case !body.Force && o.Value >= 0 && o.Value < m.limit-m.limit/10:
			return nil, status.Errorf(codes.FailedPrecondition, "The override decreases the limit of %s by more than 10%%: set force to do so.", o.Metric)
		}
		next = slices.DeleteFunc(next, func(old override) bool { return old.Metric == o.Metric && old.Dimensions["region"] == region })
		next = append(next, o)
	}
	if err := atomicfile.KeepJSON(filepath.Join(s.cfg.Dir, overridesDir, number+".json"), next); err != nil {
		return nil, status.Errorf(codes.Internal, "storing the quotas of project %s: %v", number, err)
	}
	s.overrides[number] = next
	return map[string]any{"name": "operations/quf.p2-" + number + "-" + strings.ToLower(rand.Text()), "done": true, "response": map[string]any{
		"@type": "type.googleapis.com/google.api.serviceusage.v1beta1.ImportConsumerOverridesResponse", "overrides": body.InlineSource.Overrides,
	}}, nil
}
