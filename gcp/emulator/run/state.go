package run

import (
	"cmp"
	"encoding/json"
	"path/filepath"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// serviceFile and revisionFile are a service and a revision on disk.
type serviceFile struct {
	Service json.RawMessage `json:"service"`
	Policy  json.RawMessage `json:"policy,omitempty"` // of a version that kept it here
	Port    int             `json:"port"`
	Version int64           `json:"version"`
}

type revisionFile struct {
	Revision json.RawMessage   `json:"revision"`
	Template json.RawMessage   `json:"template"`
	Image    string            `json:"image,omitempty"` // of a version that knew one container only
	Images   map[string]string `json:"images,omitempty"`
	Seq      int64             `json:"seq"`
	Ready    bool              `json:"ready"`
	Failure  *failure          `json:"failure,omitempty"`
}

// keptOperations is how many finished operations survive a restart.
const keptOperations = 200

func (s *Server) serviceDir(svc *service) string {
	return filepath.Join(s.cfg.Dir, "services", svc.loc.project, svc.loc.location, svc.id)
}

// save writes a service; the caller holds s.mu. A failure is logged: what
// serves goes on serving.
func (s *Server) save(svc *service) {
	pb, err := protojson.Marshal(svc.pb)
	if err == nil {
		err = atomicfile.KeepJSON(s.servicePath(svc), serviceFile{Service: pb, Port: svc.port, Version: svc.version})
	}
	if err != nil {
		s.cfg.Log.Error("saving a service", "service", svc.pb.GetName(), "error", err)
	}
}

// saveRevision writes a revision; the caller holds s.mu.
func (s *Server) saveRevision(r *revision) {
	pb, err := protojson.Marshal(r.pb)
	template, terr := protojson.Marshal(r.template)
	if err = cmp.Or(err, terr); err == nil {
		err = atomicfile.KeepJSON(s.revisionPath(r), revisionFile{Revision: pb, Template: template, Images: r.images, Seq: r.seq, Ready: r.ready, Failure: r.failure})
	}
	if err != nil {
		s.cfg.Log.Error("saving a revision", "revision", r.pb.GetName(), "error", err)
	}
}

func (s *Server) servicePath(svc *service) string {
	return filepath.Join(s.serviceDir(svc), "service.json")
}

func (s *Server) revisionPath(r *revision) string {
	return filepath.Join(s.serviceDir(r.svc), "revisions", r.id()+".json")
}
