"""What the customers of the example tracker write about.

In:    a random generator.
Out:   titles and messages of issues, in several languages, without anybody's name, address or number in them.
Else:  who writes which is drawn in `tracker_home`.

The truth of the recording lists what the tracker's model rendered. Free text that named people would be outside of it.
"""

from __future__ import annotations

import random

TITLES = (
    "Parcel arrived two days late",
    "Invoice shows the wrong tax rate",
    "Cannot change delivery slot",
    "Jam jar was broken",
    "Gift wrapping was forgotten",
    "App logs me out on the train",
    "Discount code refused",
    "Wrong size of olive oil tin",
    "Le colis n'est pas arrivé",
    "La facture est illisible",
    "Remise non appliquée",
    "Livraison chez le voisin ?",
    "Il pacco è danneggiato",
    "Fattura mancante",
    "Vorrei cambiare la consegna",
    "Paket liegt beim falschen Nachbarn",
    "Rechnung doppelt abgebucht",
    "Gutschein lässt sich nicht einlösen",
    "荷物が届きません",
    "請求書の住所欄について",
    "配達時間を変更したい",
    "Paczka jest uszkodzona",
    "Brak faktury",
    "Kargo gelmedi",
    "Fatura tutarı yanlış",
    "الطرد لم يصل",
    "الفاتورة غير صحيحة",
    "Το δέμα δεν έφτασε",
    "배송이 늦어요",
    "พัสดุมาไม่ถึง",
    "החבילה לא הגיעה",
    "Посылка повреждена",
    "包裹還沒到",
)
BODIES = (
    "I waited the whole afternoon and nobody rang the bell. Could you look where it is?",
    "The page says delivered, but there is nothing at the door and nothing with the neighbours.",
    "The total on the second page is not the sum of the lines above. Please send a corrected one.",
    "Merci de vérifier la commande, il manque deux articles dans le carton.",
    "Buongiorno, la scatola era aperta e bagnata. Come posso avere un rimborso?",
    "Guten Tag, bitte prüfen Sie die Abbuchung vom Monatsanfang. Vielen Dank!",
    "昨日届く予定でしたが、まだ届いていません。確認をお願いします。",
    "Dzień dobry, proszę o wymianę, pudełko było zgniecione.",
    "Merhaba, sipariş hâlâ yolda görünüyor. Yardımcı olur musunuz?",
    "مرحبا، لم يصل الطلب حتى الآن. أرجو التحقق من ذلك.",
    "Γεια σας, πότε θα έρθει η παραγγελία;",
    "안녕하세요, 주문한 상품이 아직 도착하지 않았습니다.",
)
ANSWERS = (
    "Thank you for writing. We asked the carrier and will be back tomorrow.",
    "We have sent a replacement today, free of charge.",
    "Please tell us the number printed under the barcode, then we can find it faster.",
    "Sorry about that. The corrected invoice is under your account now.",
)
# A customer has this name too. Here it is a fruit, and no rendering of hers.
APPLES = (
    "Apples in the mixed crate",
    "The crate was announced with Braeburn, but half of it is Granny Smith. They are too sour for us.",
)


def draw_title(rng: random.Random) -> str:
    """Return the title of an issue."""
    return rng.choice(TITLES)


def draw_body(rng: random.Random) -> str:
    """Return what a customer writes."""
    return rng.choice(BODIES)


def draw_answer(rng: random.Random) -> str:
    """Return what support answers."""
    return rng.choice(ANSWERS)
