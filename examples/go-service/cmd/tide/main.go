// Command tide serves a rough tide table on port 8080.
package main

import (
	"encoding/json"
	"log"
	"math"
	"net/http"
	"time"
)

// height is the water above chart datum in metres, from the principal lunar constituent alone.
func height(at time.Time) float64 {
	const period = 12.4206 * float64(time.Hour)
	phase := 2 * math.Pi * math.Mod(float64(at.UnixNano()), period) / period
	return 2.1 + 1.7*math.Cos(phase)
}

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		hours := make([]float64, 24)
		start := time.Now().UTC().Truncate(24 * time.Hour)
		for hour := range hours {
			hours[hour] = math.Round(height(start.Add(time.Duration(hour)*time.Hour))*100) / 100
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(hours); err != nil {
			log.Print(err)
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
