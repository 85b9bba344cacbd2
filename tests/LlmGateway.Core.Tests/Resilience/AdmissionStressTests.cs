using LlmGateway.Core.Resilience;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Resilience;

/// <summary>However calls come, wait, leave and give up, every place is given back and nobody waits for ever.</summary>
public sealed class AdmissionStressTests
{
    private const int Workers = 16;
    private const int Rounds = 400;

    [Theory]
    [InlineData(1, 3, false)]
    [InlineData(2, 4, false)]
    [InlineData(3, 1, false)]
    [InlineData(4, 3, true)]
    public async Task NoPlaceIsLost(int seed, int capacity, bool changing)
    {
        var queue = new AdmissionQueue(TimeProvider.System) { Capacity = capacity };
        var inside = 0;
        var most = 0;
        var counts = new int[4];
        using var stop = new CancellationTokenSource();
        var changes = changing ? Task.Run(() => ChangeAsync(queue, seed, stop.Token)) : Task.CompletedTask;

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            var random = new Random((seed * 1000) + worker);
            for (var i = 0; i < Rounds; i++)
            {
                using var client = new CancellationTokenSource();
                var entering = queue.EnterAsync(
                    (RequestPriority)random.Next(3), random.Next(4) == 0 ? 2 : Workers, TimeSpan.FromMilliseconds(random.Next(5) == 0 ? 1 : 20_000), client.Token).AsTask();
                if (random.Next(4) == 0)
                {
                    await client.CancelAsync();
                }

                var admission = await entering;
                Interlocked.Increment(ref counts[(int)admission]);
                if (admission != Admission.Admitted)
                {
                    continue;
                }

                Raise(ref most, Interlocked.Increment(ref inside));
                for (var work = random.Next(4); work > 0; work--)
                {
                    await Task.Yield();
                }

                Interlocked.Decrement(ref inside);
                queue.Leave();
            }
        }))).WaitAsync(TestTimeouts.Default * 2);

        await stop.CancelAsync();
        await changes;
        Assert.Equal(Workers * Rounds, counts.Sum());
        Assert.True(counts[(int)Admission.Admitted] > 0, "nobody was admitted");
        Assert.Equal((0, 0), (queue.Running, queue.Waiting));
        Assert.True(changing || most <= capacity, $"{most} were inside of {capacity} places");

        // All places are there again.
        queue.Capacity = capacity;
        for (var i = 0; i < capacity; i++)
        {
            Assert.Equal(Admission.Admitted, await queue.EnterAsync(RequestPriority.Low, 0, TimeSpan.Zero, CancellationToken.None));
        }

        Assert.Equal(Admission.QueueFull, await queue.EnterAsync(RequestPriority.Low, 0, TimeSpan.Zero, CancellationToken.None));
    }

    private static async Task ChangeAsync(AdmissionQueue queue, int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        while (!stop.IsCancellationRequested)
        {
            queue.Capacity = random.Next(4);
            await Task.Yield();
        }
    }

    private static void Raise(ref int most, int value)
    {
        for (int seen; (seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen;)
        {
        }
    }
}
