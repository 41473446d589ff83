// Package stock holds the Go tests of the example shop.
package stock

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func available(item string, wanted int) (int, error) {
	if wanted < 0 {
		return 0, fmt.Errorf("negative amount %d of %s", wanted, item)
	}
	return min(wanted, 100), nil
}

func TestAvailable(t *testing.T) {
	for _, wanted := range []int{0, 1, 50, 100, 250} {
		t.Run(fmt.Sprintf("wanted=%d", wanted), func(t *testing.T) {
			got, err := available("apple", wanted)
			if err != nil || got > 100 {
				t.Fatalf("available(apple, %d) = %d, %v", wanted, got, err)
			}
		})
	}
}

func TestNegativeAmountIsRefused(t *testing.T) {
	if _, err := available("apple", -1); err == nil {
		t.Fatal("no error for -1")
	}
}

func TestReorder(t *testing.T) {
	time.Sleep(5 * time.Millisecond)
	if os.Getenv("SHOP_DAY") == "30" {
		t.Errorf("reorder point: got 0, want 20")
	}
}

func TestWarehouseFeed(t *testing.T) {
	t.Skip("feed is not reachable from CI")
}
