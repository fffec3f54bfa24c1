package registry

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"syscall"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
)

// serveOCI lets distribution answer for repositories that exist.
func (s *Server) serveOCI(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			writeError(w, http.StatusInternalServerError, "UNKNOWN", "the registry failed on this request")
		}
	}()
	path := strings.TrimPrefix(r.URL.Path, "/v2/")
	kind, image := split(path)
	if err := s.Faults.Take(r.Context(), kind+"."+r.Method); err != nil {
		writeError(w, fault.HTTPStatus[int32(status.Code(err))], "UNAVAILABLE", err.Error())
		return
	}
	r = s.Faults.Cut(kind+"."+r.Method, r)
	switch kind {
	case "base", "catalog":
	case "":
		writeError(w, http.StatusNotFound, "NAME_UNKNOWN", "there is nothing at this path")
		return
	default:
		parts := strings.SplitN(image, "/", 3)
		if len(parts) < 3 || !projectName.MatchString(parts[0]) || !repositoryName.MatchString(parts[1]) || !packageName.MatchString(parts[2]) {
			writeError(w, http.StatusBadRequest, "NAME_INVALID", "an image's name must be PROJECT/REPOSITORY/PACKAGE, in lower case")
			return
		}
		if !s.permit(w, r, parts[0], parts[1]) {
			return
		}
		s.mu.Lock()
		known := s.repos[parts[0]+"/"+parts[1]].GetFormat() == artifactregistrypb.Repository_DOCKER
		s.mu.Unlock()
		if !known {
			writeError(w, http.StatusNotFound, "NAME_UNKNOWN", `Repository "`+parts[1]+`" not found`)
			return
		}
	}
	if writes := r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodDelete; writes && s.full() {
		// Distribution would say UNKNOWN and docker try again for a minute; this it shows at once.
		writeError(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "the disk of the local registry is full, free some space: "+s.config.Dir)
		return
	}
	if r.Method == http.MethodDelete && kind == "manifests" {
		if err := s.markDirty(); err != nil {
			writeError(w, http.StatusInternalServerError, "UNKNOWN", err.Error())
			return
		}
	}
	if kind == "uploads" {
		r = s.unlessMounted(r)
	}
	s.app.ServeHTTP(w, r)
}

// spare is what must be free for a write to be begun.
const spare = 8 << 20

// full says whether the disk is, as far as can be known.
func (s *Server) full() bool {
	var st syscall.Statfs_t
	if err := syscall.Statfs(s.config.Dir, &st); err != nil {
		return false
	}
	return st.Bavail*uint64(st.Bsize) < spare
}

// split finds what an OCI path is about and whose it is. The keyword is looked
// for from the end, as a package may be called "blobs" too.
func split(path string) (kind, image string) {
	switch path {
	case "":
		return "base", ""
	case "_catalog":
		return "catalog", ""
	}
	if i := strings.LastIndex(path, "/blobs/uploads/"); i > 0 {
		return "uploads", path[:i]
	}
	if name, ok := strings.CutSuffix(path, "/tags/list"); ok {
		return "tags", name
	}
	for _, kind := range []string{"manifests", "blobs"} {
		if i := strings.LastIndex(path, "/"+kind+"/"); i > 0 && !strings.Contains(path[i+len(kind)+2:], "/") {
			return kind, path[:i]
		}
	}
	return "", ""
}

// writeError answers in the OCI API's form.
func writeError(w http.ResponseWriter, code int, name, message string) {
	body, err := json.Marshal(map[string]any{"errors": []any{map[string]string{"code": name, "message": message}}})
	if err != nil {
		body = nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
	w.WriteHeader(code)
	_, _ = w.Write(body)
}
