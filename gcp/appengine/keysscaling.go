package appengine

import "github.com/gcpdeploy/gcpdeploy/internal/config"

// scalingKeys are those that say how many instances run.
var scalingKeys = []config.Key{
	{Name: "manual_scaling.instances", Set: config.SetInt(func(s *Settings) *int { return &s.ManualScaling.Instances }, 1, mostInstances)},
	scaling("min_num_instances", func(a *AutomaticScaling) *int { return &a.Min }, 1, mostInstances),
	scaling("max_num_instances", func(a *AutomaticScaling) *int { return &a.Max }, 1, mostInstances),
	scaling("cool_down_period_sec", func(a *AutomaticScaling) *int { return &a.CoolDownSeconds }, leastCoolDown, noLimit),
	scaling("target_concurrent_requests", func(a *AutomaticScaling) *int { return &a.ConcurrentRequests }, 1, noLimit),
	scaling("target_request_count_per_sec", func(a *AutomaticScaling) *int { return &a.RequestsPerSecond }, 1, noLimit),
	{Name: "automatic_scaling.cpu_utilization.target_utilization",
		Set: config.SetNumber(func(s *Settings) *float64 { return &s.AutomaticScaling.CPU.Target }, 1e-6, 1)},
	scaling("cpu_utilization.aggregation_window_length_sec", func(a *AutomaticScaling) *int { return &a.CPU.WindowSeconds }, 1, noLimit),
	scaling("target_network_sent_bytes_per_sec", func(a *AutomaticScaling) *int { return &a.Network.SentBytes }, 1, noLimit),
	scaling("target_network_sent_packets_per_sec", func(a *AutomaticScaling) *int { return &a.Network.SentPackets }, 1, noLimit),
	scaling("target_network_received_bytes_per_sec", func(a *AutomaticScaling) *int { return &a.Network.ReceivedBytes }, 1, noLimit),
	scaling("target_network_received_packets_per_sec", func(a *AutomaticScaling) *int { return &a.Network.ReceivedPackets }, 1, noLimit),
	scaling("target_disk_write_bytes_per_sec", func(a *AutomaticScaling) *int { return &a.Disk.WriteBytes }, 1, noLimit),
	scaling("target_disk_write_ops_per_sec", func(a *AutomaticScaling) *int { return &a.Disk.WriteOps }, 1, noLimit),
	scaling("target_disk_read_bytes_per_sec", func(a *AutomaticScaling) *int { return &a.Disk.ReadBytes }, 1, noLimit),
	scaling("target_disk_read_ops_per_sec", func(a *AutomaticScaling) *int { return &a.Disk.ReadOps }, 1, noLimit),
}

func scaling(name string, to func(*AutomaticScaling) *int, low, high int) config.Key {
	return config.Key{Name: "automatic_scaling." + name, Set: config.SetInt(func(s *Settings) *int { return to(&s.AutomaticScaling) }, low, high)}
}
